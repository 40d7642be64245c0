# zh-data: what sales and service people write after a call
"""What people write about a call or a visit: sentences by stage, filled with the industry's systems and troubles."""

import re
from dataclasses import dataclass
from random import Random

from kezhi.process.demo.needs import NEEDS

_SEAM = re.compile("(?<=[A-Za-z0-9%])(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9])")

METHODS = {
    "first": {"phone": 62, "wechat": 20, "mail": 10, "visit": 8},
    "need": {"phone": 38, "visit": 30, "meeting": 18, "wechat": 14},
    "proposal": {"visit": 28, "phone": 28, "mail": 20, "meeting": 24},
    "talks": {"phone": 42, "visit": 30, "wechat": 18, "meeting": 10},
    "signed": {"visit": 40, "phone": 36, "mail": 24},
    "delivery": {"phone": 40, "visit": 40, "wechat": 20},
    "care": {"phone": 50, "visit": 22, "wechat": 22, "message": 6},
    "renewal": {"phone": 40, "visit": 36, "meeting": 24},
    "lost": {"phone": 66, "wechat": 34},
    "service": {"phone": 80, "wechat": 20},
}

_OPENINGS = {
    "phone": ("和{who}通了电话", "给{who}打电话，聊了十来分钟", "{who}回了电话", "电话找到{who}"),
    "visit": ("上门见了{who}", "到{city}拜访{who}", "在客户会议室和{who}谈了一个小时", "顺路去看了{who}"),
    "wechat": ("微信上和{who}沟通", "{who}在微信上问起", "微信给{who}发了材料"),
    "mail": ("给{who}发了邮件", "{who}邮件答复", "邮件和{who}确认"),
    "meeting": ("和{who}开了视频会", "线上会议，{who}带了两位同事", "与{who}开方案会，技术支持一起参加"),
    "message": ("给{who}发了问候短信", "短信提醒{who}"),
}

_BODIES = {
    "first": (
        "了解到他们的{system}还在旧服务器上，{pain}。",
        "对方在看{product}，说{reason}，想先听听做法。",
        "介绍了我们给同行业做的案例，{who}对{product}有兴趣。",
        "目前{system}没有专人管，{pain}，希望有人来看看。",
        "之前联系过别家，没谈下去；现在因为{reason}，又提上来了。",
        "确认了联系人和分工，{system}归{who}管，采购另走流程。",
        "他们今年预算已经排进去，{reason}，想在两个月内定下来。",
    ),
    "need": (
        "把{system}的现状过了一遍：{pain}；要求恢复时间不超过一小时。",
        "数据量约 {volume} TB，每年涨三成，{reason}，倾向{product}。",
        "{who}最担心的是{pain}，希望先做一次恢复演练再谈。",
        "看了机房，还能放两个机柜；{system}要求停机不超过半小时。",
        "需求基本清楚：{system}每天全备一次、保留九十天，异地再放一份。",
        "他们内部有两种意见，业务部门因为{reason}着急，财务想再等一等。",
        "补了调研表，{system}之外还想把办公文件一起备份。",
    ),
    "proposal": (
        "讲了方案第一版，{product}加三年服务；{who}要求把{system}单独列一页。",
        "方案认可，价格要再谈：对方手里有两家报价，我们高一成左右。",
        "按组合价报了，服务器加备份优惠 8%，{who}说可以往上报。",
        "技术评审过了，留下两条要改：恢复演练的步骤、{system}的切换时间。",
        "报价单已发，含税 {amount}，有效期三十天；{who}下周走内部流程。",
        "演示了从快照恢复{system}，用时十八分钟，{who}比较满意。",
        "财务问首付比例，{who}希望 3-6-1，按季度付也能接受。",
    ),
    "talks": (
        "谈到付款和质保：对方要五年质保，我们可以给三年加两年续保。",
        "{who}说领导基本同意，{reason}，合同争取月底前走完。",
        "总价谈到 {amount}，再让要走审批；{who}希望把培训加进来。",
        "法务对违约条款有三处意见，已经转给邱正言。",
        "竞争对手又降了一次价，{who}还是看重恢复速度，要我们给书面承诺。",
        "确认了交货地点和验收办法，{system}的切换放在周末做。",
    ),
    "signed": (
        "合同签了，金额 {amount}，对方三个工作日内付首款。",
        "双方盖章，合同原件已寄回财务；{who}希望下周就开工。",
        "签约完成，首款到账；{system}的上线日期定下来了。",
        "拿到中标通知，合同按模板走，{who}负责他们内部会签。",
    ),
    "delivery": (
        "设备到货点验，少一根电源线，已让库房补发；{system}周末切换。",
        "马骁现场装完{product}，第一次全备用了六个小时，结果正常。",
        "和{who}一起做了恢复演练，{system}四十分钟恢复完，签了验收单。",
        "给他们两位同事做了培训，发了操作手册。",
        "上线第一周每天看备份报告，有一次失败，是对方网络维护造成的。",
    ),
    "care": (
        "月度回访：备份全部成功，{who}没有新问题。",
        "看了上月报告，容量用到七成，按现在的速度明年春天要扩。",
        "{who}提到{reason}，可能要加一套{product}，时间还没定。",
        "季度巡检做完，换了一块告警盘，{system}恢复抽测通过。",
        "{who}下个月休长假，这段时间由同事对接，已经加了微信。",
        "问了使用感受，{who}给打九分，嫌报表不够直观，已反馈产品部。",
        "中秋前送了巡检报告和一盒茶，{who}说明年预算里给运维留了位置。",
        "他们上个月做了一次真实恢复，误删的文件十分钟找回来了。",
    ),
    "renewal": (
        "年度运维还有两个月到期，{who}同意续签，想把{system}一起纳入。",
        "续约报价发了，{amount}；对方要求加两次上门巡检。",
        "谈扩容：{pain}，先加一个扩展柜，价格按老客户走。",
        "{who}说明年预算下来了，复购{product}基本定了，等上会。",
    ),
    "lost": (
        "{who}说项目停了，今年不再考虑。",
        "输给了低价的一家，差两成多；{who}说以后有机会再合作。",
        "前几次都没联系上，今天终于通了，{who}直说暂时不需要。",
        "他们集团统一采购，地方上不再单独买，{who}也没有办法。",
        "接手的同事说没有这方面的计划，原来的对接人已经换了公司。",
    ),
    "service": (
        "{who}来电，备份报告里有两条告警，远程看了是存储空间提醒，已帮忙清理。",
        "{who}问怎么单独恢复一个文件，电话里带着做了一遍，解决了。",
        "回访上次的告警，{who}说没有再出现。",
        "{who}报修一块磁盘，已转技术支持，答复四小时内给结论。",
        "{who}要操作手册和上季度巡检报告，已经发到邮箱。",
    ),
}

# What can only be seen or done on the spot, and what is shown face to face.
_ON_SITE = ("看了机房", "设备到货", "马骁现场", "和{who}一起做了", "给他们两位同事", "季度巡检", "中秋前送了")
_FACE_TO_FACE = ("讲了方案", "演示了", "把{system}的现状过了一遍")

_FEEDBACK = {
    "first": ("想先看资料", "让我们发一份同行案例", "可以见面谈", "说要和领导碰一下", ""),
    "need": ("希望一周内看到方案", "要求先做恢复演练", "担心切换影响生产", "问能不能分两期做", ""),
    "proposal": ("觉得方案可行，价格偏高", "要求再优惠一点", "想要样机试用两周", "希望拿到书面的服务承诺", "认可"),
    "talks": ("付款方式要再改", "月底前能签", "等总经理回来定", "要求赠送一年巡检", ""),
    "signed": ("满意", "希望尽快开工", "请我们配合做预付款发票", ""),
    "delivery": ("施工很规矩", "希望多培训一次", "验收没有意见", ""),
    "care": ("没有问题", "想要更直观的报表", "感谢及时提醒", "希望有手机上的告警", "恢复速度满意"),
    "renewal": ("同意续签", "要对比一下价格", "希望打包优惠", ""),
    "lost": ("暂不考虑", "以后有需要再联系我们", ""),
    "service": ("问题解决了", "满意", "希望以后提前提醒", ""),
}

_NEXT = {
    "first": (
        "给{who}发同行业案例和产品资料",
        "约{who}上门看机房",
        "电话确认{who}的需求清单",
        "给{who}发调研表并约时间",
    ),
    "need": (
        "给{who}出方案第一版",
        "安排马骁到现场做容量评估",
        "约{who}做恢复演练",
        "把{system}的备份策略写成文档发给{who}",
        "给{who}报组合价",
    ),
    "proposal": (
        "给{who}发书面报价",
        "改方案第二版并和{who}过一遍",
        "安排样机送到{city}试用",
        "把服务承诺书发给{who}",
        "约{who}和财务谈付款方式",
    ),
    "talks": (
        "把修改后的合同发给{who}",
        "请法务审合同的违约条款",
        "和{who}确认最终价格和质保",
        "约{who}的领导见面定合同",
    ),
    "signed": ("跟首款到账并安排发货", "和{who}定开工日期", "把开票资料发给财务并寄发票", "组织交底会，请{who}参加"),
    "delivery": ("和{who}做恢复演练并签验收单", "给{who}的同事补一次培训", "检查第一周的备份报告", "收验收单原件"),
    "care": (
        "做下一次回访，问{who}使用情况",
        "给{who}发季度巡检报告",
        "和{who}谈扩容的时间",
        "安排上门巡检",
        "把改进后的报表样例发给{who}",
    ),
    "renewal": ("给{who}发续约合同", "和{who}确认扩容配置", "约{who}谈明年的运维范围"),
    "lost": (),
    "service": (),
}
_TECHNICAL = ("安排马骁到现场做容量评估", "安排样机送到", "安排上门巡检")
_LEGAL = ("请法务审合同的违约条款",)

_NO_NEXT = {
    "lost": ("客户明确暂不考虑，三个月后再评估", "这一轮没有机会了，放入培育名单"),
    "service": ("问题已当场解决", "咨询已答复，无需再联系"),
}
_RESULTS = (
    "已完成，客户确认收到",
    "办好了",
    "已发，等客户回复",
    "完成，客户没有意见",
    "见到了，谈得顺利",
    "已和客户确认时间",
    "完成，细节见跟进",
    "做完，客户满意",
    "改了一版，客户认可",
)
_DROPS = ("客户临时取消", "客户出差，改为下月统一安排", "与另一件事合并处理")

REVIEW_NOTES = (
    "电话是空号，请核对",
    "公司名称是简称，请补全称",
    "名单来源没有写清楚",
    "联系人已离职，请更新",
    "地址和公司名称对不上",
    "行业填的是“其他”，请确认",
    "疑似与另一条重复",
    "邮箱退信，请核对",
    "规模与官网不符",
)


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody wrote after speaking to a customer; ``helper`` is who else the next action falls to."""

    method: str
    summary: str
    feedback: str
    signal: str
    next_action: str
    no_next_reason: str
    helper: str = ""


class Writer:
    """Writes reports; the same sentence does not come twice in a row for one customer."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._last: dict[int, tuple[str, str]] = {}

    def report(
        self, stage: str, *, customer: int, industry: str, who: str, city: str, amount: str, product: str
    ) -> Report:
        """What was said at this stage."""
        rng, need = self._rng, NEEDS[industry]
        body, action = self._fresh(stage, customer)
        method = _method(stage, body, rng)
        words = {
            "who": who,
            "city": city.removesuffix("市"),
            "amount": amount,
            "product": product,
            "system": rng.choice(need.systems),
            "pain": rng.choice(need.pains),
            "reason": rng.choice(need.reasons),
            "volume": str(rng.choice((3, 6, 8, 12, 18, 24, 40, 65))),
        }
        opening = "" if body.startswith("{who}") else rng.choice(_OPENINGS[method])
        if "{who}" in opening:
            # Named once, the person is "the other side" for the rest of the sentence.
            body = body.replace("{who}", "对方")
        opening += "，" if opening else ""
        helper = "maxiao" if action.startswith(_TECHNICAL) else "qiuzhengyan" if action in _LEGAL else ""
        return Report(
            method,
            _spaced((opening + body).format(**words)),
            rng.choice(_FEEDBACK[stage]),
            _signal(stage, rng),
            _spaced(action.format(**words)),
            "" if action else rng.choice(_NO_NEXT[stage]),
            helper,
        )

    def result(self) -> str:
        """What came of a task."""
        return self._rng.choice(_RESULTS)

    def drop_reason(self) -> str:
        """Why a task was dropped."""
        return self._rng.choice(_DROPS)

    def _fresh(self, stage: str, customer: int) -> tuple[str, str]:
        last = self._last.get(customer, ("", ""))
        bodies = [text for text in _BODIES[stage] if text != last[0]]
        actions = [text for text in _NEXT[stage] if text != last[1]] or list(_NEXT[stage])
        chosen = self._rng.choice(bodies), self._rng.choice(actions) if actions else ""
        self._last[customer] = chosen
        return chosen


def _spaced(text: str) -> str:
    """A blank between Chinese and Latin, as people who take care write it."""
    return _SEAM.sub(" ", text)


def combinations() -> int:
    """How many different summaries there can be, before the ways to open them."""
    total = 0
    for bodies in _BODIES.values():
        for body in bodies:
            for need in NEEDS.values():
                ways = 1
                for name, words in (("system", need.systems), ("pain", need.pains), ("reason", need.reasons)):
                    ways *= len(words) if "{" + name + "}" in body else 1
                total += ways
    return total


def _method(stage: str, body: str, rng: Random) -> str:
    if body.startswith(_ON_SITE):
        return "visit"
    if body.startswith(_FACE_TO_FACE):
        return rng.choice(("visit", "visit", "meeting"))
    return rng.choices(list(METHODS[stage]), list(METHODS[stage].values()))[0]


def _signal(stage: str, rng: Random) -> str:
    weights = {
        "lost": (0, 10, 90),
        "proposal": (50, 45, 5),
        "talks": (55, 38, 7),
        "signed": (90, 10, 0),
        "care": (25, 72, 3),
        "renewal": (60, 36, 4),
    }.get(stage, (25, 68, 7))
    return rng.choices(("positive", "neutral", "negative"), weights)[0]
