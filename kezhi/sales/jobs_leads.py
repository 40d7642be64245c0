"""What is done about leads at night."""

from kezhi.core.jobs import schedule
from kezhi.sales.scoring import rescore_leads


@schedule("sales.rescore_leads", cron="40 3 * * *")
def rescore_every_lead() -> None:
    """Scores follow changed weights and the days that go by."""
    rescore_leads()
