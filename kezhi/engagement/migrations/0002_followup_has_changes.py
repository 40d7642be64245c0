from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('engagement', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='followup',
            name='has_changes',
            field=models.BooleanField(default=False, verbose_name='客户资料有变化，之后补录'),
        ),
    ]
