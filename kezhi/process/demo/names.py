# zh-data: parts of invented names
"""Invented companies and people: names built from parts, telephone numbers nobody has, addresses nobody lives at."""

from dataclasses import dataclass
from random import Random

from kezhi.core.chinese import pinyin
from kezhi.core.values.regions import districts

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛"
    "叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔"
    "贺赖龚文"
)
_GIVEN_FIRST = (
    "知婉清思若以景云子雨书明文一宇昊俊嘉佳静晓振国建志海卫东立永世新向春秋长启承亦可安宁逸泽梓锦雅梦"
    "芷怀令仲季孟伯叔德正少"
)
_GIVEN_SECOND = (
    "远宁如源辰彤舟帆航林杰峰磊强军平华芳敏丽娟燕玲霞梅兰竹菊宜和义信诚达成业昌盛荣辉明亮晨曦阳岚岩川"
    "河江涛波澜洁洋琪瑶璐琳珊蓉蕾薇莹莉萍红蕊"
)
_BRAND_FIRST = "澜栖朗霁岚沐衡昱泓砚屿峤湛铖翊煦珩溯澈旻茗晏弈蔚骁璟湫澍琅珞芃瀚鄢翎筠岫漪暄芮珣"
_BRAND_SECOND = "图岳川砚舟禾章辰岭澄原屿枫樾航野陌宸朔棠霖桐壑汐坤衍鉴曜穗麓泽弦璞笙澔晟驰"

# (province, city, area code, share of a hundred)
PLACES = (
    ("江苏省", "苏州市", "0512", 15),
    ("上海市", "上海市", "021", 13),
    ("浙江省", "杭州市", "0571", 12),
    ("江苏省", "无锡市", "0510", 8),
    ("江苏省", "南京市", "025", 8),
    ("浙江省", "宁波市", "0574", 7),
    ("浙江省", "嘉兴市", "0573", 5),
    ("江苏省", "常州市", "0519", 5),
    ("江苏省", "南通市", "0513", 4),
    ("安徽省", "合肥市", "0551", 4),
    ("浙江省", "绍兴市", "0575", 3),
    ("浙江省", "温州市", "0577", 3),
    ("江苏省", "扬州市", "0514", 3),
    ("浙江省", "台州市", "0576", 2),
    ("江苏省", "徐州市", "0516", 2),
    ("山东省", "青岛市", "0532", 2),
    ("湖北省", "武汉市", "027", 2),
    ("广东省", "深圳市", "0755", 2),
)
_ROADS = (
    "星湖",
    "云栖",
    "望江",
    "听松",
    "澄波",
    "青砚",
    "鹤鸣",
    "枕溪",
    "松间",
    "栖霞",
    "长亭",
    "落梅",
    "揽月",
    "观澜",
    "采薇",
    "临风",
    "南浦",
    "杏林",
    "竹里",
    "平湖",
)
_ROAD_KINDS = ("路", "街", "大道")

# What companies of an industry call their trade.
LINES: dict[str, tuple[str, ...]] = {
    "it": ("科技", "软件", "信息技术", "数据服务", "网络科技", "智能科技"),
    "manufacturing": ("精密机械", "装备制造", "机床", "五金制品", "智能装备", "阀门"),
    "medical": ("医疗器械", "医疗科技", "康复医院", "医学检验", "口腔医院"),
    "education": ("教育科技", "职业培训学校", "文化教育", "外国语学校"),
    "food": ("食品", "粮油", "乳业", "调味品"),
    "catering": ("餐饮管理", "酒店管理", "茶饮"),
    "trade": ("贸易", "商贸", "进出口", "供应链"),
    "logistics": ("物流", "冷链", "国际货运代理", "仓储服务"),
    "building": ("建材", "建筑工程", "装饰工程", "玻璃"),
    "environment": ("环保科技", "水务", "环境工程"),
    "media": ("文化传媒", "影视制作", "广告", "数字内容"),
    "finance": ("融资担保", "小额贷款", "保险经纪", "资产管理"),
    "energy": ("新能源", "光伏材料", "储能科技", "风电设备"),
    "chemical": ("化工", "新材料", "涂料", "高分子材料"),
    "automotive": ("汽车零部件", "汽车电子", "车身模具"),
    "electronics": ("电子", "半导体材料", "电气", "仪器仪表"),
    "realestate": ("置业", "物业服务", "产业园运营"),
    "government": ("新城管理委员会", "图书馆", "公共资源服务中心", "档案馆"),
    "agriculture": ("农业科技", "种业", "水产养殖"),
    "other": ("企业管理咨询", "会展服务", "人力资源服务"),
}
INDUSTRY_SHARES = {
    "it": 15, "manufacturing": 19, "medical": 10, "education": 4, "food": 4, "catering": 2, "trade": 6, "logistics": 7,
    "building": 3, "environment": 3, "media": 4, "finance": 3, "energy": 5, "chemical": 4, "automotive": 4,
    "electronics": 5, "realestate": 2, "government": 4, "agriculture": 1, "other": 1,
}  # fmt: skip
_WITHOUT_FORM = ("医院", "学校", "管理委员会", "图书馆", "服务中心", "档案馆")

# position, how colleagues address it, decision role
POSITIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "influencer": (("信息中心主任", "主任"), ("IT 经理", "经理"), ("信息部部长", "部长"), ("数字化负责人", "总")),
    "decider": (("总经理", "总"), ("副总经理", "总"), ("财务总监", "总监"), ("分管副总", "总"), ("董事长", "董")),
    "purchaser": (("采购经理", "经理"), ("采购主管", "主管"), ("招采专员", "老师")),
    "user": (("系统管理员", "工"), ("运维工程师", "工"), ("网络管理员", "工"), ("数据库管理员", "工")),
    "gatekeeper": (("总经理助理", "助理"), ("办公室主任", "主任"), ("行政主管", "主管")),
}


@dataclass(frozen=True, slots=True)
class Person:
    """A contact: name, position, the way to address them, and their part in the decision."""

    name: str
    position: str
    title: str
    role: str

    @property
    def called(self) -> str:
        """The way a colleague speaks of them: 沈主任."""
        return self.name[0] + self.title


@dataclass(frozen=True, slots=True)
class Place:
    """Where a customer is."""

    province: str
    city: str
    district: str
    area_code: str
    address: str


class Names:
    """Gives each invented name and number once."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._brands = [first + second for first in _BRAND_FIRST for second in _BRAND_SECOND]
        rng.shuffle(self._brands)
        self._brand = 0
        self._phones = 0
        self._taken: set[str] = set()

    def company(self, industry: str, place: Place) -> str:
        """A name that looks like a company's and belongs to none."""
        while True:
            brand = self._brands[self._brand % len(self._brands)]
            self._brand += 1
            if self._brand > len(self._brands):
                brand += self._rng.choice(_BRAND_SECOND)
            line = self._rng.choice(LINES[industry])
            form = "" if line.endswith(_WITHOUT_FORM) else self._rng.choice(("有限公司",) * 8 + ("股份有限公司",))
            name = f"{place.city.removesuffix('市')}{brand}{line}{form}"
            if name not in self._taken:
                self._taken.add(name)
                return name

    def person(self, role: str) -> Person:
        """Somebody at a customer."""
        position, title = self._rng.choice(POSITIONS[role])
        return Person(self.given(), position, title, role)

    def given(self) -> str:
        """A full name."""
        second = self._rng.choice(_GIVEN_SECOND)
        first = self._rng.choice(_GIVEN_FIRST) if self._rng.random() < 0.72 else ""
        return self._rng.choice(_SURNAMES) + first + second

    def place(self) -> Place:
        """A place with its district and a street that does not exist."""
        rng = self._rng
        province, city, code, _share = rng.choices(PLACES, [row[3] for row in PLACES])[0]
        known = [name for name in districts(province, city) if name.endswith(("区", "市")) and len(name) <= 4]
        road = rng.choice(_ROADS) + rng.choice(_ROAD_KINDS)
        address = f"{road}{rng.randrange(8, 1999)}号{rng.randrange(1, 19)}幢"
        return Place(province, city, rng.choice(known) if known else "", code, address)

    def mobile(self) -> str:
        """A mobile number of a prefix that exists with 0000 in its middle, which marks it as invented."""
        row, place = divmod(self._phones, len(_PREFIXES))
        self._phones += 1
        middle, step = divmod(row, 10_000)
        # 8849 and 10,000 have no common divisor, so no tail comes again before all were used.
        return f"{_PREFIXES[place]}{middle:04d}{(step * 8849 + place * 31) % 10_000:04d}"

    def landline(self, area_code: str) -> str:
        """A land line of a place; 5550 marks it as invented."""
        return f"{area_code}-5550{self._rng.randrange(10_000):04d}"


def latin(name: str) -> str:
    """A name in Latin letters, for mail addresses."""
    return "".join(character for character in pinyin(name).lower() if character.isascii() and character.isalnum())


_PREFIXES = (
    "138", "139", "136", "137", "135", "158", "159", "186", "185", "189", "133", "153", "180", "181", "177", "152",
    "150", "151", "188", "187", "130", "131", "132", "156", "155", "176", "173", "199", "198", "191",
)  # fmt: skip
