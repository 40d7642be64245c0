# zh-data: the customers that the handbook's examples and the screens of the manual speak of
"""Customers with a part of their own; their names are invented too."""

from dataclasses import dataclass

from kezhi.process.demo.names import Person, Place


@dataclass(frozen=True, slots=True)
class Featured:
    """A customer given by name. ``months_ago`` is when it was entered; ``fate`` how it stands today."""

    name: str
    industry: str
    level: str
    owner: str
    place: Place
    people: tuple[Person, ...]
    months_ago: int
    fate: str
    phone: str = ""


FEATURED = (
    Featured(
        "嘉兴南湖医药有限公司",
        "medical",
        "VIP",
        "wenjing",
        Place("浙江省", "嘉兴市", "南湖区", "0573", "听松路188号2幢"),
        (Person("陆婉宁", "副总经理", "总", "decider"), Person("尹嘉禾", "信息中心主任", "主任", "influencer")),
        37,
        "customer",
        "13500006620",
    ),
    Featured(
        "徐州云龙工程机械有限公司",
        "manufacturing",
        "VIP",
        "wenjing",
        Place("江苏省", "徐州市", "云龙区", "0516", "望江路66号"),
        (Person("贺兰山", "总经理", "总", "decider"), Person("庄小北", "运维工程师", "工", "user")),
        30,
        "today",
        "13900005500",
    ),
    Featured(
        "杭州滨江医疗器械股份有限公司",
        "medical",
        "VIP",
        "wanglei",
        Place("浙江省", "杭州市", "滨江区", "0571", "澄波大道300号"),
        (
            Person("许清如", "信息中心主任", "主任", "influencer"),
            Person("柏松年", "财务总监", "总监", "decider"),
            Person("白露", "采购经理", "经理", "purchaser"),
        ),
        27,
        "renewal",
        "13600002290",
    ),
    Featured(
        "温州瓯海电气有限公司",
        "electronics",
        "A",
        "wanglei",
        Place("浙江省", "温州市", "瓯海区", "0577", "南浦路21号"),
        (Person("叶知秋", "数字化负责人", "总", "influencer"), Person("郝书臣", "总经理", "总", "decider")),
        19,
        "active",
        "13900007086",
    ),
    Featured(
        "无锡锡东精密机械有限公司",
        "manufacturing",
        "A",
        "zhaomin",
        Place("江苏省", "无锡市", "锡山区", "0510", "长亭路9号"),
        (Person("顾培元", "信息部部长", "部长", "influencer"), Person("秦颂", "采购经理", "经理", "purchaser")),
        11,
        "overdue",
        "13900000417",
    ),
    Featured(
        "苏州澜图科技有限公司",
        "it",
        "A",
        "wanglei",
        Place("江苏省", "苏州市", "吴中区", "0512", "星湖街328号7幢"),
        (
            Person("钱伯言", "信息中心副主任", "主任", "influencer"),
            Person("沈知远", "信息中心主任", "主任", "influencer"),
            Person("顾晚晴", "财务总监", "总监", "decider"),
        ),
        8,
        "today",
        "0512-55505678",
    ),
    Featured(
        "南通通海物流有限公司",
        "logistics",
        "B",
        "wanglei",
        Place("江苏省", "南通市", "崇川区", "0513", "揽月路58号"),
        (Person("葛卫东", "IT 经理", "经理", "influencer"), Person("海若兰", "采购主管", "主管", "purchaser")),
        10,
        "overdue",
        "13700008841",
    ),
    Featured(
        "扬州邗江光伏材料有限公司",
        "energy",
        "B",
        "zhaomin",
        Place("江苏省", "扬州市", "邗江区", "0514", "青砚路77号"),
        (Person("丁一鸣", "信息部部长", "部长", "influencer"),),
        5,
        "overdue",
        "15200006094",
    ),
    Featured(
        "淮安清江食品有限公司",
        "food",
        "C",
        "zhaomin",
        Place("江苏省", "淮安市", "清江浦区", "0517", "落梅街12号"),
        (Person("邵文清", "办公室主任", "主任", "gatekeeper"),),
        11,
        "dormant",
        "15300007741",
    ),
    Featured(
        "舟山普陀船舶修造有限公司",
        "manufacturing",
        "A",
        "chenhao",
        Place("浙江省", "舟山市", "普陀区", "0580", "观澜路5号"),
        (Person("俞海生", "副总经理", "总", "decider"), Person("司徒澄", "网络管理员", "工", "user")),
        14,
        "customer",
        "13800006032",
    ),
    Featured(
        "常州天宁纺织有限公司",
        "manufacturing",
        "C",
        "sunyue",
        Place("江苏省", "常州市", "天宁区", "0519", "采薇路31号"),
        (Person("蒋雪", "行政主管", "主管", "gatekeeper"),),
        0,
        "never",
        "18600007723",
    ),
    Featured(
        "宁波海曙冷链有限公司",
        "logistics",
        "B",
        "",
        Place("浙江省", "宁波市", "海曙区", "0574", "平湖路160号"),
        (Person("未知联系人", "", "", ""),),
        0,
        "never",
        "15800003307",
    ),
)
