"""The kinds of events access records, all about records of type ``user``, ``department``, ``role`` …"""

from django.utils.translation import gettext_lazy as _

from kezhi.core.events import EventKind, register_event_kind

SIGNED_IN = EventKind("user.signed_in", _("登录了系统"), icon="key", family="sign_in")
SIGN_IN_FAILED = EventKind("user.sign_in_failed", _("登录失败"), icon="ban", family="sign_in")
LOCKED_OUT = EventKind("user.locked_out", _("因多次输错被暂时锁定"), icon="lock", family="sign_in")
SIGNED_OUT = EventKind("user.signed_out", _("退出登录"), icon="exit", family="sign_in")
SESSIONS_ENDED = EventKind("user.sessions_ended", _("结束了登录"), icon="exit", family="sign_in")
PASSWORD_CHANGED = EventKind("user.password_changed", _("修改密码"), icon="key", family="sign_in")
PASSWORD_RESET = EventKind("user.password_reset", _("重置密码"), icon="key", family="sign_in")
SECOND_FACTOR_ON = EventKind("user.second_factor_on", _("开启两步验证"), icon="shield", family="sign_in")
SECOND_FACTOR_OFF = EventKind("user.second_factor_off", _("关闭两步验证"), icon="shield", family="sign_in")
RECOVERY_CODES_MADE = EventKind("user.recovery_codes_made", _("生成恢复码"), icon="shield", family="sign_in")
RECOVERY_CODE_USED = EventKind("user.recovery_code_used", _("用恢复码登录"), icon="shield", family="sign_in")
SECOND_FACTOR_RESET = EventKind("user.second_factor_reset", _("清除两步验证"), icon="shield", family="sign_in")
PASSKEY_ADDED = EventKind("user.passkey_added", _("添加通行密钥"), icon="key", family="sign_in")
PASSKEY_RENAMED = EventKind("user.passkey_renamed", _("给通行密钥改名"), icon="key", family="sign_in")
PASSKEY_REMOVED = EventKind("user.passkey_removed", _("删除通行密钥"), icon="key", family="sign_in")
PASSKEY_DOUBTED = EventKind(
    "user.passkey_doubted", _("通行密钥的使用次数倒退，可能被复制，已拒绝"), icon="alert", family="sign_in"
)
IDENTITY_LINKED = EventKind("user.identity_linked", _("关联单点登录账号"), icon="link", family="sign_in")
IDENTITY_UNLINKED = EventKind("user.identity_unlinked", _("解除单点登录账号的关联"), icon="link", family="sign_in")
USER_ADDED = EventKind("user.added", _("添加用户"), icon="plus", family="organisation")
USER_CHANGED = EventKind("user.changed", _("修改用户"), icon="edit", family="organisation")
USER_DEACTIVATED = EventKind("user.deactivated", _("停用用户"), icon="ban", family="organisation")
USER_REACTIVATED = EventKind("user.reactivated", _("恢复用户"), icon="undo", family="organisation")
USER_ROLES = EventKind("user.roles_changed", _("调整角色"), icon="shield", family="organisation")
PREFERENCES = EventKind("user.preferences_changed", _("修改个人偏好"), icon="settings", family="organisation")
ABSENCE_ADDED = EventKind("user.absence_added", _("登记休假与替班"), icon="calendar", family="organisation")
ABSENCE_REMOVED = EventKind("user.absence_removed", _("取消休假与替班"), icon="calendar", family="organisation")
HANDED_OVER = EventKind("user.handed_over", _("移交工作"), icon="swap", family="organisation")
DEPARTMENT_ADDED = EventKind("department.added", _("添加部门"), icon="plus", family="organisation")
DEPARTMENT_CHANGED = EventKind("department.changed", _("修改部门"), icon="edit", family="organisation")
DEPARTMENT_MOVED = EventKind("department.moved", _("移动部门"), icon="swap", family="organisation")
DEPARTMENT_REMOVED = EventKind("department.removed", _("删除部门"), icon="trash", family="organisation")
POSITION_ADDED = EventKind("position.added", _("添加职位"), icon="plus", family="organisation")
POSITION_CHANGED = EventKind("position.changed", _("修改职位"), icon="edit", family="organisation")
POSITION_REMOVED = EventKind("position.removed", _("删除职位"), icon="trash", family="organisation")
ROLE_ADDED = EventKind("role.added", _("添加角色"), icon="plus", family="organisation")
ROLE_CHANGED = EventKind("role.changed", _("修改角色"), icon="edit", family="organisation")
ROLE_REMOVED = EventKind("role.removed", _("删除角色"), icon="trash", family="organisation")
GRANTS_CHANGED = EventKind("role.grants_changed", _("调整角色权限"), icon="shield", family="organisation")
FIELD_RULES_CHANGED = EventKind(
    "role.field_rules_changed", _("调整角色的字段权限"), icon="shield", family="organisation"
)
LOOKUPS_USED_UP = EventKind(
    "user.lookups_used_up", _("按隐去的电话或邮箱查找的次数用完了"), icon="alert", family="access"
)
AUDIT_REVEALED = EventKind("audit.revealed", _("在审计中查看了隐去的内容"), icon="eye", family="access")

FAMILIES = {
    "record": _("业务记录"),
    "access": _("查看与导出"),
    "sign_in": _("登录与安全"),
    "organisation": _("组织与权限"),
    "settings": _("设置"),
    "exchange": _("导入与导出"),
}

register_event_kind(
    *(value for value in list(globals().values()) if isinstance(value, EventKind)),
)
