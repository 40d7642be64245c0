"""Headings that mean the same thing, in the lists companies keep and in exports of other systems (DATA-1, DATA-4).

Each line is one meaning. A line says nothing about Kezhi's fields: a field is found through its own labels, which stand
in one of these lines. Systems looked at: Salesforce (Account, Contact, Lead), HubSpot (Company, Contact), 悟空 CRM,
纷享销客, 金蝶 and 用友 customer files, fair registration lists.
A line is a paragraph of its own here, its words parted by ``|``.
"""

_LINES = """
客户名称 | 客户名 | 经销商名称 | 经销商 | 供应商名称 | 客户 | 公司 | 公司名称 | 企业 | 企业名称 | 单位 | 单位名称 |
客户全称 | 公司全称 | 全称 | 名称 | 商户名称 | 客户姓名 | 公司名 | 企业全称 | 往来单位 | 客户单位 | 企业名 |
单位全称 | 企业客户 | 客户公司 | 公司/单位 | 工作单位 | 所在公司 | 所在单位 | 店名 | 店铺名称 | 门店名称 | 厂名 |
机构名称 | 学校名称 | 医院名称 | 抬头 | 开票名称 | 企业主体 | 招展企业 | 参展商 | 展商名称 | 买方名称 | 采购商 |
顾客名称 | Account Name | Company | Company Name | Customer | Customer Name | Account | Name | Organization |
Organisation | Organization Name | Business Name | Client | Client Name | Customer Company | Employer |
Company Legal Name | Associated Company | Exhibitor | Firm

联系人 | 接待人 | 联系人姓名 | 对接人 | 姓名 | 主要联系人 | 负责联系人 | 首要联系人 | 接洽人 | 参展人 | 联络人 |
经办人 | 联系人名称 | 联系人名 | 客户联系人 | 企业联系人 | 来宾姓名 | 嘉宾姓名 | 观众姓名 | 参会人 | 参会人姓名 |
您的姓名 | 名字 | 真实姓名 | 顾客姓名 | 会员姓名 | 采购联系人 | 业务联系人 | 接口人 | 对接人姓名 | 窗口 |
客户方对接人 | Contact | Contact Name | Contact Person | Full Name | Primary Contact | Attendee | Contact Full Name |
Attendee Name | Visitor | Visitor Name | PIC | Attn

名 | First Name | Given Name | Forename | Contact First Name

姓 | 姓氏 | Last Name | Surname | Family Name | Contact Last Name

称谓 | 称呼 | Salutation | Title Prefix

职位 | 职务 | 岗位 | 头衔 | 联系人职位 | 联系人职务 | 职称 | 职级 | 担任职务 | Title | Job Title | Position |
Contact Title | Role/Title | Designation

联系电话 | 电话 | 手机 | 手机号 | 手机号码 | 电话号码 | 联系方式 | 手机/座机 | 手机/电话 | 电话/手机 | 座机 |
固定电话 | 固话 | 移动电话 | 联系人电话 | 联系人手机 | 公司电话 | 联系手机 | 手机电话 | 手机联系方式 | 行动电话 |
联络电话 | 单位电话 | 办公电话 | 企业电话 | 客户电话 | 客户手机 | 业务电话 | 总机 | 电话/传真 | 微信/电话 |
联系号码 | 号码 | Tel | Phone | Phone Number | Mobile | Mobile Phone | Mobile Phone Number | Telephone | Cell |
Cell Phone | Contact Phone | Account Phone | Business Phone | Mobile Number | Mobile No | Tel No | Phone No |
Telephone Number | Contact Number | Contact No | Work Phone | Office Phone | Company Phone | Main Phone | Cellphone

邮箱 | 电子邮箱 | 电子邮件 | 邮件 | 邮箱地址 | 联系人邮箱 | 电子信箱 | 信箱 | 邮件地址 | 电邮 | 公司邮箱 | 工作邮箱 |
企业邮箱 | 邮箱号 | E-mail | Email | Mail | Email Address | E-mail Address | Contact Email | Work Email | Email ID |
Business Email | Company Email | Primary Email

微信 | 微信号 | 微信号码 | 微信ID | WeChat | WeChat ID | Weixin

QQ | QQ号 | QQ 号码

传真 | 传真号码 | Fax | Fax Number

网址 | 官网 | 网站 | 公司网址 | 主页 | Website | Website URL | URL | Company Domain Name | Homepage

所属行业 | 行业 | 行业类别 | 行业类型 | 客户行业 | 产业别 | 产业 | 行业分类 | 行业领域 | 所属领域 | 从事行业 |
行业属性 | 行业性质 | Industry | Sector | Industry Type | Vertical | Line of Business

公司规模 | 规模 | 企业规模 | 人员规模 | 人数 | 员工人数 | 员工数 | 职工人数 | 从业人数 | 企业人数 | 公司人数 |
人数规模 | 团队规模 | Employees | Number of Employees | Company Size | Size | No. of Employees | No of Employees |
Employee Count | Headcount | Staff

成立日期 | 成立时间 | 成立年份 | 成立年月 | 注册日期 | 注册时间 | 创立日期 | 建厂时间 | Founded | Established |
Date Founded | Founded Year | Founding Date | Year Founded | Year Started

地址 | 详细地址 | 公司地址 | 联系地址 | 通讯地址 | 办公地址 | 单位地址 | 注册地址 | 街道 | 街道地址 | 客户地址 |
企业地址 | 经营地址 | 收货地址 | 工厂地址 | 住址 | 联络地址 | 详细住址 | 门牌 | Address | Street | Street Address |
Billing Street | Billing Address | Mailing Street | Mailing Address | Shipping Street | Address Line 1 |
Company Address | Full Address

省市 | 省/市 | 省份城市 | 地区 | 区域 | 所在地 | 所在地区 | 所在区域 | 省市区 | 公司所在地 | 企业所在地 | 省份/城市 |
省/市/区 | 所属地区 | 省、市 | 所在省市 | 城市区域 | Region | Area | Location | Billing State/Province |
Billing State | Mailing State/Province | State/Region

省 | 省份 | 所在省 | 所在省份 | 所属省份 | 省级 | Province | State | State/Province

市 | 城市 | 所在城市 | 所在市 | 地市 | 地级市 | 城市名称 | Town | City/Town | City | Billing City | Mailing City |
Shipping City

区 | 区县 | 区/县 | 县 | 县区 | 市区 | 区域/县 | 所在区 | District | County

邮编 | 邮政编码 | Postal Code | Zip | Zip Code | Billing Zip/Postal Code | Billing Postal Code |
Mailing Zip/Postal Code

国家 | 国家/地区 | Country | Country/Region | Billing Country | Mailing Country

客户等级 | 等级 | 级别 | 客户级别 | 分级 | 重要程度 | 客户评级 | 评级 | 会员等级 | 等级评定 | 客户等级分类 |
ABC分类 | 客户重要性 | 重要性 | 客户星级 | 星级 | Level | Rating | Customer Level | Account Rating | Grade | Tier |
Priority | Customer Grade | Client Level | Customer Tier | Class | ABC Class

客户类型 | 类型 | 客户类别 | 类别 | 客户分类 | 分类 | Type | Account Type | Customer Type | Category

客户性质 | 性质 | 企业/个人 | 个人/企业 | 公司/个人 | 客户属性 | Kind | Nature

需求标签 | 标签 | 客户标签 | 需求 | 意向需求 | 需求类型 | 客户需求 | 标记 | 关键词 | 兴趣点 | Tags | Tag | Labels |
Interests | Demand Tags

来源渠道 | 来源 | 客户来源 | 渠道 | 线索来源 | 获客渠道 | 信息来源 | 来自 | 渠道来源 | 客户渠道 | 获取渠道 |
获取方式 | 来源途径 | 来源方式 | 得知渠道 | 了解渠道 | 推广渠道 | Source | Lead Source | Account Source |
Original Source | Source Channel | Channel | How did you hear about us | Acquisition Channel | Referral Source

具体来源 | 来源说明 | 来源详情 | 展会名称 | 展会 | 活动名称 | 来源备注 | 关键字 | 展位号 | Source Detail |
Source Details | Original Source Drill-Down 1 | Campaign

预算 | 预算金额 | 采购预算 | 预算范围 | 项目预算 | 意向金额 | 预计金额 | 预估金额 | 客户预算 | 预算区间 | Budget |
Budget Range | Budget Amount

年收入 | 营业额 | 年营业额 | 年销售额 | Annual Revenue | Revenue

金额 | 合同金额 | 成交金额 | 商机金额 | 订单金额 | Amount | Deal Amount | Contract Amount | Value

采购意向 | 购买意向 | 意向 | 意向程度 | 意向度 | 意向等级 | 意向级别 | 购买意愿 | 合作意向 | Purchase Intention |
Intention | Intent

产品偏好 | 意向产品 | 感兴趣的产品 | 感兴趣产品 | 关注产品 | 需求产品 | 产品需求 | 咨询产品 | Products of Interest |
Interested In | Product Preference | Product Interest | Products

决策链 | Decision Chain

预计采购时间 | 预计采购日期 | 预计购买时间 | 预计下单时间 | 计划采购时间 | 采购时间 | 预计采购 | 预计成交日期 |
预计签约日期 | Expected Purchase Date | Expected Close Date | Close Date

建档日期 | 登记时间 | 登记日期 | 创建日期 | 创建时间 | 录入日期 | 录入时间 | 建立日期 | 建档时间 | 入库时间 |
添加时间 | 开发日期 | 开发时间 | 获取时间 | 导入时间 | 登记日 | 录入日 | 建卡日期 | 填表日期 | 填写时间 | 提交时间 |
收集日期 | 接洽日期 | 首次联系日期 | 签到时间 | 提交答卷时间 | 询盘时间 | 询盘日期 | 咨询时间 | 日期 | Created Date |
Create Date | Created | Created On | Date Created | Registration Date | Created At | Creation Date | Created Time |
Entry Date | Submitted | Submission Date | Date Added | Added On | Timestamp | Date

最近跟进 | 最后跟进时间 | 最近跟进时间 | 上次跟进 | Last Activity | Last Activity Date | Last Contacted |
Last Follow-up

下次跟进 | 下次跟进时间 | 计划跟进时间 | 下次联系时间 | Next Activity Date | Next Follow-up | Next Follow-up Date

生日 | 出生日期 | Birthday | Birthdate | Date of Birth

性别 | Gender | Sex

统一社会信用代码 | 信用代码 | 税号 | 纳税人识别号 | Tax ID | Credit Code | Unified Social Credit Code

负责人 | 拜访人 | 跟进销售人员 | 销售 | 销售代表 | 销售负责人 | 业务员 | 跟进人 | 客户经理 | 归属销售 | 所属销售 |
跟进销售 | 对应销售 | 业务负责人 | 我方负责人 | 跟进人员 | 业务经理 | 销售经理 | 销售人员 | 业务代表 | 负责销售 |
客户负责人 | 责任人 | 所属人 | 维护人 | 所有人 | 归属人 | Owner | Account Owner | Company Owner | Contact Owner |
Lead Owner | Sales Rep | Sales Representative | Assigned To | Salesperson | Sales Owner | Account Manager |
Sales Agent

部门 | 归属部门 | 所属部门 | Department | Team

备注 | 备注说明 | 说明 | 描述 | 其他 | 附注 | 留言 | 备注信息 | 客户备注 | 特别说明 | 补充说明 | 情况说明 |
跟进情况 | 沟通记录 | 附言 | 其它 | 其他说明 | Note | Notes | Remark | Remarks | Description | Comment | Comments |
Memo | Additional Information | Message

客户编号 | 编号 | 客户编码 | 编码 | 代码 | 客户代码 | Number | Customer No | Customer Number | Customer Code | Code |
Account Number

法人 | 法人代表 | 法定代表人 | 法人姓名 | 法人电话 | 法人手机 | Legal Representative

来自IP | IP | IP地址 | 所用时间 | 答题时长

录入人 | 填报人 | 填表人 | 登记人 | 创建人 | 制单人 | 推荐人 | 介绍人 | Created By | Modified By | Referrer

简称 | 客户简称 | 公司简称 | 企业简称 | 单位简称 | 英文名称 | 英文名 | 曾用名 | Short Name | Alias | Abbreviation

产品名称 | 项目名称 | 商品名称 | 品名 | Product Name | Project Name

开户行 | 开户银行 | 银行账号 | 账号 | Bank | Bank Account

竞争对手 | 竞争公司 | 上级单位 | 母公司 | 上级公司 | Parent Account | Parent Company | Competitor

状态 | 合作状态 | 客户状态 | 跟进状态 | Status | Lead Status | Account Status

身份证 | 身份证号 | 身份证号码 | 证件号 | 证件号码 | ID Card | ID Number

序号 | No | No. | # | 行号 | Index | Seq

Account ID | Record ID | Contact ID | Lead ID | Company ID | 18 Digit ID | Id | 外部编号
"""

# Words that say too little at the end of a longer heading: 产品名称 is no name of a customer, 合同编号 no number of
# one.
_GENERAL = """
名称 | 全称 | 编号 | 编码 | 代码 | 号码 | 日期 | 时间 | 类型 | 类别 | 分类 | 性质 | 金额 | 说明 | 描述 | 其他 |
其它 | 姓名 | 名字 | 人数 | 规模 | 产业 | 状态 | 需求 | 标记 | 窗口 | 抬头 | 账号 | 展会 | Name | Type | Category |
Number | Code | Date | Created | Title | Value | Amount | Size | Class | State | Status | Id | No | Area | Message |
Products
"""


def _words(line: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in line.replace("\n", " ").split("|") if word.strip())


HEADING_WORDS: tuple[tuple[str, ...], ...] = tuple(_words(line) for line in _LINES.split("\n\n"))
GENERAL_WORDS: tuple[str, ...] = _words(_GENERAL)
