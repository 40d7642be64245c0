import datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('work', '0002_notifications'),
        ('access', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Deadline',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('record_type', models.CharField(max_length=40)),
                ('record_id', models.BigIntegerField()),
                ('title', models.CharField(blank=True, max_length=200)),
                ('also_type', models.CharField(blank=True, max_length=40)),
                ('also_id', models.BigIntegerField(blank=True, null=True)),
                ('moves_with_record', models.BooleanField(default=True)),
                ('state', models.CharField(choices=[('running', '进行中'), ('paused', '已暂停'), ('met', '已完成'), ('cancelled', '已取消')], default='running', max_length=10)),
                ('business_time', models.BooleanField(default=True)),
                ('length', models.DurationField()),
                ('used', models.DurationField(default=datetime.timedelta)),
                ('started_at', models.DateTimeField()),
                ('running_since', models.DateTimeField(blank=True, null=True)),
                ('due_at', models.DateTimeField()),
                ('next_moment', models.DateTimeField(blank=True, null=True)),
                ('planned_under', models.BigIntegerField(default=0)),
                ('warned', models.PositiveSmallIntegerField(default=0)),
                ('breached_at', models.DateTimeField(blank=True, null=True)),
                ('level', models.PositiveSmallIntegerField(default=0)),
                ('noticed_at', models.DateTimeField(blank=True, null=True)),
                ('paused_at', models.DateTimeField(blank=True, null=True)),
                ('pause_reason', models.CharField(blank=True, max_length=200)),
                ('is_binned', models.BooleanField(default=False)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('origin', models.CharField(blank=True, max_length=40)),
                ('origin_id', models.BigIntegerField(blank=True, null=True)),
                ('department', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='access.department')),
                ('ended_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddIndex(
            model_name='deadline',
            index=models.Index(condition=models.Q(('next_moment__isnull', False)), fields=['next_moment'], name='deadline_next'),
        ),
        migrations.AddIndex(
            model_name='deadline',
            index=models.Index(fields=['record_type', 'record_id', 'state'], name='deadline_record'),
        ),
        migrations.AddIndex(
            model_name='deadline',
            index=models.Index(condition=models.Q(('state__in', ('running', 'paused'))), fields=['due_at', 'id'], name='deadline_open_due'),
        ),
        migrations.AddIndex(
            model_name='deadline',
            index=models.Index(condition=models.Q(('state__in', ('running', 'paused'))), fields=['owner', 'due_at', 'id'], name='deadline_open_own'),
        ),
        migrations.AddIndex(
            model_name='deadline',
            index=models.Index(condition=models.Q(('state', 'running')), fields=['planned_under'], name='deadline_planned'),
        ),
        migrations.AddConstraint(
            model_name='deadline',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('running', 'paused'))), fields=('kind', 'record_type', 'record_id'), name='deadline_open_once'),
        ),
    ]
