# zh-data: names of the demo company's departments, positions and people, in both languages
"""Who works at the demo company: departments as a tree, positions, people with managers and roles (ORG-1, ORG-2)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoDepartment:
    """A department; ``parent`` and ``head`` are a department's key and a sign-in name."""

    key: str
    zh: str
    en: str
    parent: str
    head: str


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody of the demo company; ``shown`` ones are listed as sign-ins to try."""

    username: str
    name: str
    department: str
    position: str
    manager: str
    roles: tuple[str, ...]
    tail: str
    shown: bool = False
    joined_months_ago: int = 40


DEPARTMENTS = (
    DemoDepartment("yunshan", "云杉数据", "Yunshan Data", "", "zhengduo"),
    DemoDepartment("executive", "总经办", "Executive office", "yunshan", "zhengduo"),
    DemoDepartment("sales", "销售中心", "Sales", "yunshan", "luoqiming"),
    DemoDepartment("sales-1", "销售一部", "Sales One", "sales", "wenjing"),
    DemoDepartment("sales-1-a", "一部一组", "Team One A", "sales-1", "wanglei"),
    DemoDepartment("sales-1-b", "一部二组", "Team One B", "sales-1", "zhaomin"),
    DemoDepartment("sales-2", "销售二部", "Sales Two", "sales", "gaohong"),
    DemoDepartment("sales-2-a", "二部一组", "Team Two A", "sales-2", "linxiaotong"),
    DemoDepartment("sales-2-b", "二部二组", "Team Two B", "sales-2", "fangke"),
    DemoDepartment("marketing", "市场部", "Marketing", "yunshan", "tangwei"),
    DemoDepartment("service", "客服中心", "Customer service", "yunshan", "hejianguo"),
    DemoDepartment("support", "技术支持部", "Technical support", "yunshan", "maxiao"),
    DemoDepartment("product", "产品部", "Product", "yunshan", "hanxue"),
    DemoDepartment("finance", "财务部", "Finance", "yunshan", "wurong"),
    DemoDepartment("legal", "法务部", "Legal", "yunshan", "qiuzhengyan"),
    DemoDepartment("it", "信息部", "IT", "yunshan", "xuli"),
)

POSITIONS = (
    ("general-manager", "总经理", "General manager"),
    ("sales-director", "销售总监", "Sales director"),
    ("sales-manager", "销售经理", "Sales manager"),
    ("team-lead", "销售组长", "Sales team lead"),
    ("sales-rep", "销售代表", "Sales representative"),
    ("service-supervisor", "客服主管", "Service supervisor"),
    ("service-agent", "客服专员", "Service agent"),
    ("marketing-lead", "市场主管", "Marketing lead"),
    ("marketing-specialist", "市场专员", "Marketing specialist"),
    ("support-lead", "技术支持主管", "Support lead"),
    ("support-engineer", "技术支持工程师", "Support engineer"),
    ("product-manager", "产品经理", "Product manager"),
    ("accountant", "财务主管", "Finance lead"),
    ("legal-counsel", "法务专员", "Legal counsel"),
    ("administrator", "系统管理员", "System administrator"),
    ("data-steward", "数据管理员", "Data steward"),
)

PEOPLE = (
    DemoPerson("zhengduo", "郑铎", "executive", "general-manager", "", ("executive",), "1001"),
    DemoPerson("luoqiming", "罗启明", "sales", "sales-director", "zhengduo", ("sales_manager",), "1002"),
    DemoPerson("wenjing", "李文静", "sales-1", "sales-manager", "luoqiming", ("sales_manager",), "1003", shown=True),
    DemoPerson("wanglei", "王磊", "sales-1-a", "team-lead", "wenjing", ("sales_rep",), "1004", shown=True),
    DemoPerson("sunyue", "孙悦", "sales-1-a", "sales-rep", "wenjing", ("sales_rep",), "1005", joined_months_ago=20),
    DemoPerson("zhaomin", "赵敏", "sales-1-b", "team-lead", "wenjing", ("sales_rep",), "1006", shown=True),
    DemoPerson("chenhao", "陈浩", "sales-1-b", "sales-rep", "wenjing", ("sales_rep",), "1007", joined_months_ago=26),
    DemoPerson("gaohong", "高鸿", "sales-2", "sales-manager", "luoqiming", ("sales_manager",), "1008"),
    DemoPerson("linxiaotong", "林晓彤", "sales-2-a", "team-lead", "gaohong", ("sales_rep",), "1009"),
    DemoPerson("xieyu", "谢宇", "sales-2-a", "sales-rep", "gaohong", ("sales_rep",), "1010", joined_months_ago=15),
    DemoPerson("fangke", "方可", "sales-2-b", "team-lead", "gaohong", ("sales_rep",), "1011"),
    DemoPerson("xuhang", "许航", "sales-2-b", "sales-rep", "gaohong", ("sales_rep",), "1012", joined_months_ago=30),
    DemoPerson("tangwei", "唐薇", "marketing", "marketing-lead", "zhengduo", ("marketing_specialist",), "1013"),
    DemoPerson("pengcheng", "彭程", "marketing", "marketing-specialist", "tangwei", ("marketing_specialist",), "1014"),
    DemoPerson(
        "hejianguo", "何建国", "service", "service-supervisor", "zhengduo", ("service_supervisor",), "1015", shown=True
    ),
    DemoPerson("zhouqian", "周倩", "service", "service-agent", "hejianguo", ("service_agent",), "1016", shown=True),
    DemoPerson("fengyifan", "冯一帆", "service", "service-agent", "hejianguo", ("service_agent",), "1017"),
    DemoPerson("maxiao", "马骁", "support", "support-lead", "zhengduo", ("technical_support",), "1018"),
    DemoPerson("tianye", "田野", "support", "support-engineer", "maxiao", ("technical_support",), "1019"),
    DemoPerson("hanxue", "韩雪", "product", "product-manager", "zhengduo", ("product",), "1020"),
    DemoPerson("wurong", "吴蓉", "finance", "accountant", "zhengduo", ("finance",), "1021", shown=True),
    DemoPerson("qiuzhengyan", "邱正言", "legal", "legal-counsel", "zhengduo", ("legal",), "1022", shown=True),
    DemoPerson("luhang", "陆航", "it", "data-steward", "xuli", ("data_steward",), "1023", shown=True),
    DemoPerson("xuli", "徐立", "it", "administrator", "zhengduo", ("administrator",), "1024", shown=True),
)

LEAVER, RECEIVER = "xuhang", "fangke"
AWAY, STAND_IN = "chenhao", "wanglei"
STEWARD, ADMINISTRATOR, MARKETER = "luhang", "xuli", "tangwei"
AGENTS = ("zhouqian", "fengyifan")
REVIEWED_TEAMS = ("sales-2-a", "sales-2-b")

# Whose customers there are, and how many of a hundred.
OWNERS = {
    "wanglei": 17,
    "zhaomin": 15,
    "sunyue": 14,
    "chenhao": 12,
    "linxiaotong": 12,
    "xieyu": 9,
    "fangke": 10,
    "xuhang": 7,
    "wenjing": 4,
}
