"""The way from the page of users to people from a list."""

from django.utils.translation import gettext_lazy as _

from kezhi.access.user_links import register_user_link

register_user_link("exchange:people_file", _("从文件导入"), "upload")
