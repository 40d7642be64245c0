# zh-data: surnames, forms of address and positions
"""Names of people as lists hold them: with a form of address, a position, or a second person in the same cell."""

import re
from dataclasses import dataclass

from kezhi.core.values.dirt import half_width, one_line
from kezhi.core.values.traditional import simplified

_SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳"
    "酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞"
    "熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣贲邓"
    "郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊惠甄曲家封芮储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全班仰秋仲伊宫宁仇栾"
    "暴甘厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍桑"
    "桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东殴殳沃利蔚越夔隆"
    "师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公付肖闫代覃仝佟佘冼占召"
)
_DOUBLE_SURNAMES = frozenset(
    re.findall(
        "..",
        "欧阳司马上官诸葛东方皇甫尉迟公孙慕容令狐司徒司空夏侯长孙宇文端木百里呼延南宫轩辕独孤申屠澹台闻人",
    )
)
_ADDRESS = re.compile(r"(?:先生|女士|小姐|太太|夫人|老师|同志|师傅)$")
_ADDRESS_BEFORE = re.compile(r"^(?:mr|mrs|ms|miss|dr|prof)\.?\s+", re.IGNORECASE)
_POSITION = re.compile(
    r"(?:(?:董事|副董事|执行|常务|销售|采购|技术|市场|财务|行政|人事|运营|项目|产品|生产|商务|外贸|大客户|区域|IT|高级|助理|副|总){0,3})"
    r"(?:董事长|总经理|总裁|经理|总监|主任|部长|科长|处长|厂长|店长|校长|院长|局长|所长|站长|队长|主管|助理|秘书|会计|出纳|"
    r"工程师|设计师|采购员?|业务员|销售员?|专员|法人|老板|负责人|董事|总工|监事|书记|CEO|CTO|CFO|COO|CIO)$",
    re.IGNORECASE,
)
_FAMILIAR = re.compile(r"(?:总|工|董|姐|哥)$")
_NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]{2,4}|[\u3400-\u9fff]{2,6}[·•][\u3400-\u9fff]{1,8}")
_FOREIGN_NAME = re.compile(
    r"[A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f'’.-]*(?: [A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f'’.-]*){0,4}"
)
_BRACKETED = re.compile(r"^(?P<name>[^()\[\]【】]+)[(\[【](?P<inside>[^()\[\]【】]*)[)\]】]$")
_BETWEEN = re.compile(r"\s*[/、,;|&\n+]\s*|\s+(?:和|与|and)\s+")
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a cell; ``position`` is empty where the cell says none."""

    name: str
    position: str = ""


def read_people(text: str) -> list[Person]:
    """The people a cell names: 马云飞（总经理） · 陈晓 先生 · 王强/经理 · 孙丽、周杰.

    Never loses anything: a cell that does not read plainly as people is one person called what it says. 王经理 and
    李女士 keep their form of address, for without it there is no name left.
    """
    whole = one_line(text)
    if len(whole) > _LONGEST or (whole.isascii() and "," in whole):  # Smith, Peter
        return [Person(whole)]
    people: list[Person] = []
    for part in _BETWEEN.split(half_width(text)):
        part = one_line(part)
        if not part:
            continue
        if people and not people[-1].position and _POSITION.fullmatch(part):
            people[-1] = Person(people[-1].name, part)
            continue
        found = _person(part)
        if found is None:
            return [Person(whole)]
        people.append(found)
    return people or [Person(whole)]


def joined_name(family: str, given: str) -> str:
    """A name from its two parts: 李 and 三 → 李三, Zhang and Wei → Wei Zhang."""
    family, given = one_line(family), one_line(given)
    if not family or not given:
        return family or given
    if (family + given).isascii() or not (_is_chinese(family) and _is_chinese(given)):
        return f"{given} {family}"
    return family + given


def looks_like_person(text: str) -> bool:
    """Whether a text is a Chinese personal name of two to four characters beginning with a surname."""
    plain = simplified(half_width(text))
    if not _NAME.fullmatch(plain):
        return False
    if plain[:2] in _DOUBLE_SURNAMES:
        return len(plain) in (3, 4)
    return plain[0] in _SURNAMES and len(plain) in (2, 3)


def _person(text: str) -> Person | None:
    position = ""
    if found := _BRACKETED.match(text):
        inside = found["inside"].strip()
        if not (_POSITION.fullmatch(inside) or _ADDRESS.fullmatch(inside)):
            return None
        text = found["name"].strip()
        position = inside if _POSITION.fullmatch(inside) else ""
    text = _ADDRESS_BEFORE.sub("", text)
    joined = text if text.isascii() else text.replace(" ", "")
    for pattern, is_position in ((_ADDRESS, False), (_POSITION, True)):
        if (end := pattern.search(joined)) and looks_like_person(name := joined[: end.start()]):
            return Person(name, position or (end[0] if is_position else ""))
        if (end := pattern.search(joined)) and (joined[: end.start()] in _DOUBLE_SURNAMES or end.start() == 1):
            return Person(joined, position)
    if _FAMILIAR.search(joined) and len(joined) == 2:
        return Person(joined, position)
    if _FOREIGN_NAME.fullmatch(text):
        return Person(text, position)
    return Person(joined, position) if _NAME.fullmatch(joined) else None


def _is_chinese(text: str) -> bool:
    return all("\u3400" <= character <= "\u9fff" for character in text)
