# fmt: off
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Alarm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('raised', 'Raised'), ('acknowledged', 'Acknowledged'), ('cleared', 'Cleared'), ('closed', 'Closed')], db_index=True, default='raised', max_length=12)),
                ('severity', models.CharField(choices=[('blue', 'Attention'), ('yellow', 'Warning'), ('orange', 'Serious'), ('red', 'Critical')], max_length=8)),
                ('began_at', models.DateTimeField(verbose_name='Began')),
                ('raised_at', models.DateTimeField(db_index=True, verbose_name='Raised')),
                ('cleared_at', models.DateTimeField(blank=True, null=True, verbose_name='Cleared')),
                ('noticed_at', models.DateTimeField(verbose_name='Noticed')),
                ('changed_at', models.DateTimeField(db_index=True)),
                ('value', models.FloatField(blank=True, null=True, verbose_name='Value when raised')),
                ('peak', models.FloatField(blank=True, null=True, verbose_name='Peak')),
                ('limit', models.FloatField(blank=True, null=True, verbose_name='Limit')),
                ('detail', models.JSONField(blank=True, default=dict)),
                ('acknowledged_at', models.DateTimeField(blank=True, null=True)),
                ('acknowledged_by', models.CharField(blank=True, max_length=150)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('closed_by', models.CharField(blank=True, max_length=150)),
            ],
            options={
                'ordering': ['-raised_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Datastream',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('channel', models.CharField(max_length=80, verbose_name='Channel')),
                ('period', models.CharField(choices=[('instant', 'Instant'), ('minute', 'Minute'), ('hour', 'Hour'), ('day', 'Day')], default='instant', max_length=8)),
                ('statistic', models.CharField(choices=[('value', 'Value'), ('mean', 'Mean'), ('min', 'Minimum'), ('max', 'Maximum'), ('total', 'Total')], default='value', max_length=6)),
                ('unit', models.CharField(blank=True, max_length=30, verbose_name='Unit')),
                ('scale', models.FloatField(default=1.0)),
                ('offset', models.FloatField(default=0.0)),
                ('valid_min', models.FloatField(blank=True, null=True)),
                ('valid_max', models.FloatField(blank=True, null=True)),
                ('max_rate_per_h', models.FloatField(blank=True, null=True)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='FrameCounter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('count', models.PositiveBigIntegerField(default=0)),
                ('last_us', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='ObservedProperty',
            fields=[
                ('name_zh', models.CharField(max_length=150, verbose_name='Chinese name')),
                ('name_en', models.CharField(blank=True, max_length=150, verbose_name='English name')),
                ('code', models.SlugField(max_length=60, primary_key=True, serialize=False)),
                ('unit', models.CharField(blank=True, max_length=30, verbose_name='Unit')),
                ('definition', models.CharField(blank=True, max_length=300, verbose_name='Definition')),
                ('physical_min', models.FloatField(blank=True, null=True, verbose_name='Physical minimum')),
                ('physical_max', models.FloatField(blank=True, null=True, verbose_name='Physical maximum')),
                ('max_rate_per_h', models.FloatField(null=True, verbose_name='Greatest possible change per hour')),
                ('decimals', models.PositiveSmallIntegerField(default=1, verbose_name='Decimals shown')),
            ],
            options={
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='QuarantinedDevice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('protocol', models.SlugField(max_length=30)),
                ('identity', models.CharField(max_length=64)),
                ('reason', models.CharField(max_length=40)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('adopted', 'Adopted'), ('dismissed', 'Dismissed')], default='waiting', max_length=10)),
                ('peer', models.CharField(blank=True, max_length=64)),
                ('credential', models.CharField(blank=True, max_length=128)),
                ('raw', models.BinaryField(default=bytes)),
                ('fields', models.JSONField(default=list)),
                ('frames', models.PositiveBigIntegerField(default=0)),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField(db_index=True)),
            ],
            options={
                'ordering': ['-last_at'],
            },
        ),
        migrations.CreateModel(
            name='RejectedFrame',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('protocol', models.SlugField(max_length=30)),
                ('peer', models.CharField(blank=True, max_length=64)),
                ('code', models.CharField(max_length=40)),
                ('raw', models.BinaryField()),
                ('at', models.DateTimeField(db_index=True)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Revision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='StationCommand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('command', models.CharField(max_length=40, verbose_name='Command')),
                ('arguments', models.JSONField(blank=True, default=dict)),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('sent', 'Sent'), ('answered', 'Answered'), ('refused', 'Refused'), ('timed_out', 'No answer'), ('expired', 'Expired')], db_index=True, default='queued', max_length=10)),
                ('queued_at', models.DateTimeField()),
                ('queued_by', models.CharField(max_length=150)),
                ('taken_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('answer', models.JSONField(blank=True, default=dict)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Thing',
            fields=[
                ('name_zh', models.CharField(max_length=150, verbose_name='Chinese name')),
                ('name_en', models.CharField(blank=True, max_length=150, verbose_name='English name')),
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('kind', models.SlugField(max_length=60, verbose_name='Kind')),
                ('system', models.SlugField(max_length=40, verbose_name='System')),
                ('place_code', models.CharField(blank=True, db_index=True, max_length=12, verbose_name='Place code')),
                ('lon', models.FloatField(blank=True, null=True, verbose_name='Longitude')),
                ('lat', models.FloatField(blank=True, null=True, verbose_name='Latitude')),
                ('protocol', models.SlugField(blank=True, max_length=30, verbose_name='Protocol')),
                ('identity', models.CharField(blank=True, max_length=64, verbose_name='Device identity')),
                ('credential', models.CharField(blank=True, max_length=128, verbose_name='Device password')),
                ('profile', models.SlugField(blank=True, max_length=60, verbose_name='Device profile')),
                ('organisation', models.CharField(blank=True, max_length=200, verbose_name='Organisation')),
                ('expected_interval_s', models.PositiveIntegerField(default=0, verbose_name='Expected interval (s)')),
                ('status', models.CharField(choices=[('planned', 'Planned'), ('installed', 'Installed'), ('suspended', 'Suspended'), ('retired', 'Retired')], default='installed', max_length=12, verbose_name='Status')),
                ('simulated', models.BooleanField(default=False, verbose_name='Simulated')),
                ('properties', models.JSONField(blank=True, default=dict)),
                ('registered_at', models.DateTimeField(verbose_name='Registered')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='AlarmNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('by', models.CharField(max_length=150)),
                ('text', models.TextField()),
                ('alarm', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='sensing.alarm')),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Latest',
            fields=[
                ('datastream', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='latest', serialize=False, to='sensing.datastream')),
                ('time_us', models.BigIntegerField(db_index=True)),
                ('result', models.FloatField()),
                ('quality', models.PositiveSmallIntegerField(default=0)),
            ],
        ),
        migrations.AddField(
            model_name='alarm',
            name='datastream',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='alarms', to='sensing.datastream'),
        ),
        migrations.AddField(
            model_name='datastream',
            name='observed_property',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='datastreams', to='sensing.observedproperty'),
        ),
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_zh', models.CharField(max_length=150, verbose_name='Chinese name')),
                ('name_en', models.CharField(blank=True, max_length=150, verbose_name='English name')),
                ('code', models.SlugField(max_length=100, unique=True)),
                ('kind', models.CharField(choices=[('above', 'Above a limit'), ('below', 'Below a limit'), ('rate', 'Changes too fast'), ('flat', 'Does not change'), ('duplicate', 'Copies another column'), ('missing', 'No data')], max_length=10, verbose_name='Kind')),
                ('severity', models.CharField(choices=[('blue', 'Attention'), ('yellow', 'Warning'), ('orange', 'Serious'), ('red', 'Critical')], default='yellow', max_length=8, verbose_name='Severity')),
                ('system', models.SlugField(blank=True, max_length=40, verbose_name='System')),
                ('declared', models.BooleanField(default=False)),
                ('enabled', models.BooleanField(default=True, verbose_name='In force')),
                ('thing_kind', models.SlugField(blank=True, max_length=60)),
                ('period', models.CharField(blank=True, choices=[('instant', 'Instant'), ('minute', 'Minute'), ('hour', 'Hour'), ('day', 'Day')], max_length=8)),
                ('statistic', models.CharField(blank=True, choices=[('value', 'Value'), ('mean', 'Mean'), ('min', 'Minimum'), ('max', 'Maximum'), ('total', 'Total')], max_length=6)),
                ('limit', models.FloatField(blank=True, null=True, verbose_name='Limit')),
                ('hysteresis', models.FloatField(default=0.0, verbose_name='Hysteresis')),
                ('duration_s', models.PositiveIntegerField(default=0, verbose_name='Duration (s)')),
                ('count', models.PositiveIntegerField(default=0, verbose_name='Readings')),
                ('span_s', models.PositiveIntegerField(default=0, verbose_name='Span (s)')),
                ('datastream', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='sensing.datastream')),
                ('observed_property', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='sensing.observedproperty')),
                ('other_property', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sensing.observedproperty')),
            ],
            options={
                'ordering': ['code'],
            },
        ),
        migrations.AddField(
            model_name='alarm',
            name='rule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='alarms', to='sensing.rule'),
        ),
        migrations.CreateModel(
            name='ThingState',
            fields=[
                ('thing', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='state', serialize=False, to='sensing.thing')),
                ('last_seen_us', models.BigIntegerField(default=0)),
                ('connected', models.BooleanField(default=False)),
                ('peer', models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.AddConstraint(
            model_name='thing',
            constraint=models.UniqueConstraint(condition=models.Q(('identity', ''), _negated=True), fields=('protocol', 'identity'), name='one_thing_per_identity'),
        ),
        migrations.AddField(
            model_name='stationcommand',
            name='thing',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='commands', to='sensing.thing'),
        ),
        migrations.AddField(
            model_name='rule',
            name='thing',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='sensing.thing'),
        ),
        migrations.AddField(
            model_name='rejectedframe',
            name='thing',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='rejected_frames', to='sensing.thing'),
        ),
        migrations.AddField(
            model_name='quarantineddevice',
            name='thing',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='sensing.thing'),
        ),
        migrations.AddField(
            model_name='framecounter',
            name='thing',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='frame_counters', to='sensing.thing'),
        ),
        migrations.AddField(
            model_name='datastream',
            name='thing',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='datastreams', to='sensing.thing'),
        ),
        migrations.AddField(
            model_name='alarm',
            name='thing',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='alarms', to='sensing.thing'),
        ),
        migrations.AddConstraint(
            model_name='quarantineddevice',
            constraint=models.UniqueConstraint(fields=('protocol', 'identity'), name='one_quarantine_per_identity'),
        ),
        migrations.AddConstraint(
            model_name='framecounter',
            constraint=models.UniqueConstraint(fields=('thing', 'code'), name='one_counter_per_outcome'),
        ),
        migrations.AddConstraint(
            model_name='datastream',
            constraint=models.UniqueConstraint(fields=('thing', 'channel'), name='one_datastream_per_channel'),
        ),
        migrations.AddConstraint(
            model_name='alarm',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['raised', 'acknowledged'])), fields=('rule', 'datastream'), name='one_open_alarm_per_datastream'),
        ),
        migrations.AddConstraint(
            model_name='alarm',
            constraint=models.UniqueConstraint(condition=models.Q(('datastream', None), ('state__in', ['raised', 'acknowledged'])), fields=('rule', 'thing'), name='one_open_alarm_per_thing'),
        ),
    ]
