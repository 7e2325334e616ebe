"""The exercise of the last lesson."""

from __future__ import annotations

from netkit.course.conclusion_checks import check_mail_page
from netkit.course.judge import Exercise
from netkit.i18n import _


def exercises() -> dict[str, Exercise]:
    """What is to be done, with hints and a solution."""
    return {
        "mail-page": Exercise(
            _("A page in the mail"),
            _(
                "Write mail_page(url, proxy_url, smtp_address, to): it loads the page at url through the proxy at "
                "proxy_url, and mails it to the address to, by the SMTP server at smtp_address, a (host, port) pair. "
                "The letter's subject is the page's title, what stands between <title> and </title>; its content is "
                "the HTML of the page as it is, with all its letters."
            ),
            (
                _(
                    "build_opener(ProxyHandler(...)).open(url, timeout=3) loads it, if the handler knows that for http "
                    "the proxy is proxy_url."
                ),
                _("data.decode(page.headers.get_content_charset()) is the text; set_content(text) takes it whole."),
                _('re.search("<title>(.*?)</title>", text)[1] is the title.'),
            ),
            MAIL_PAGE,
            _(
                "The character set has to be known twice: to read the page, and to write the letter. EmailMessage "
                "takes UTF-8 for both subject and content, and encodes them so that they get through every server."
            ),
            check_mail_page,
        ),
    }


MAIL_PAGE = """import re
import smtplib
from email.message import EmailMessage
from urllib.request import ProxyHandler, build_opener


def mail_page(url, proxy_url, smtp_address, to):
    with build_opener(ProxyHandler({"http": proxy_url})).open(url, timeout=3) as page:
        text = page.read().decode(page.headers.get_content_charset())
    letter = EmailMessage()
    letter["From"], letter["To"] = "reports@netkit.test", to
    letter["Subject"] = re.search("<title>(.*?)</title>", text)[1]
    letter.set_content(text)
    with smtplib.SMTP(*smtp_address, local_hostname="netkit.test", timeout=3) as session:
        session.send_message(letter)
"""
