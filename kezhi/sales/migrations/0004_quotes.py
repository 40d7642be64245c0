from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    dependencies: ClassVar = [("sales", "0003_pipelines")]

    operations: ClassVar[list[Operation]] = []
