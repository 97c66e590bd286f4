"""Words about something else: another service, a side, an amount, a part, who asks; they say nothing of the program.

Each reply is one that misleads when its words are taken one by one. Source: ``ANSWER.md`` 2.1 to 2.3, [F3], [F8].
"""

from collections.abc import Callable

import pytest

from contracts import Answer
from tests.payers.reading.expectations import PLAN, differences

Read = Callable[..., Answer]

CASES: list[tuple[list[str], dict[str, str]]] = [
    (
        ["EB*1**BB********N*Y", "MSG*ZORKO PRECERT GLUB"],
        {"iop": "not_stated/silent", "iop_auth": "unknown", "php": "covered/service_type", "php_auth": "unknown"},
    ),
    (
        ["EB*1**BB*********Y", "MSG*NO PREAUTH FOR OFFICE VISITS"],
        {"iop": "not_stated/silent", "iop_auth": "unknown", "php": "covered/service_type", "php_auth": "unknown"},
    ),
    (
        ["EB*1**BB*********Y", "MSG*NO AUTH REQUIRED OUT OF NETWORK"],
        {
            "iop": "not_stated/silent",
            "iop_auth": "unknown",
            "iop_out": "not_stated/silent",
            "php": "covered/service_type",
            "php_auth": "unknown",
            "php_out": "not_stated/silent",
        },
    ),
    (
        ["EB*1**BB*********Y", "MSG*NO AUTH REQUIRED UP TO 10 VISITS"],
        {"iop": "not_stated/silent", "iop_auth": "unknown", "php": "covered/service_type", "php_auth": "unknown"},
    ),
    (
        ["EB*1**BB*********Y", "MSG*PREAUTH NOT REQUIRED FOR SUBSTANCE ABUSE"],
        {"iop": "not_stated/silent", "iop_auth": "unknown", "php": "covered/service_type", "php_auth": "unknown"},
    ),
    (
        ["EB*1**BB*********Y", "MSG*NOT ALL SERVICES REQUIRE PREAUTH"],
        {"iop": "not_stated/silent", "iop_auth": "unknown", "php": "covered/service_type", "php_auth": "unknown"},
    ),
    (
        ["EB*1**BB*********Y", "MSG*NO AUTH REQUIRED"],
        {"iop": "not_stated/silent", "iop_auth": "unknown", "php": "covered/service_type", "php_auth": "not_required"},
    ),
    (["EB*1**BB********N*Y"], {"iop": "not_stated/silent", "php": "covered/service_type", "php_auth": "not_required"}),
    (["EB*1**BB********N*Y", "MSG*FIRST 6 VISITS"], {"iop": "not_stated/silent", "php": "not_stated/service_type"}),
    (
        ["EB*1**BB********N*Y", "MSG*PREAUTH MAY BE REQUIRED"],
        {"iop": "not_stated/silent", "iop_auth": "unknown", "php": "covered/service_type", "php_auth": "unknown"},
    ),
    (
        ["EB*1**BB*********Y", "EB*F*IND*BB***29***DY*0**Y", "DTP*292*RD8*20250101-20251231"],
        {"iop": "not_stated/silent", "php": "covered/service_type"},
    ),
    (
        ["EB*1**BB*********Y", "EB*F*IND*BB***29***DY*0**Y"],
        {"iop": "not_stated/silent", "php": "not_covered/service_type"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*NO PREAUTH FOR INTENSIVE OUTPATIENT ASSESSMENT"],
        {"iop": "not_stated/phrase", "iop_auth": "unknown", "php": "likely/outpatient", "php_auth": "unknown"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*NO PREAUTH FOR MEALS IN PARTIAL HOSPITALIZATION"],
        {"iop": "likely/outpatient", "iop_auth": "unknown", "php": "not_stated/phrase", "php_auth": "unknown"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*NO PREAUTH FOR VIRTUAL INTENSIVE OUTPATIENT"],
        {
            "iop": "likely/outpatient",
            "iop_auth": "unknown",
            "iop_virtual": "covered",
            "php": "likely/outpatient",
            "php_auth": "unknown",
        },
    ),
    (
        ["EB*1**MH*********Y", "MSG*NO PREAUTH FOR INTENSIVE OUTPATIENT UP TO 6 VISITS"],
        {"iop": "covered/phrase", "iop_auth": "unknown", "php": "likely/outpatient", "php_auth": "unknown"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*PREAUTHORIZATION MAY NOT BE REQUIRED FOR INTENSIVE OUTPATIENT"],
        {"iop": "likely/outpatient", "iop_auth": "unknown", "php": "likely/outpatient", "php_auth": "unknown"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*NO PREAUTH FOR INTENSIVE OUTPATIENT"],
        {"iop": "covered/phrase", "iop_auth": "not_required", "php": "likely/outpatient", "php_auth": "unknown"},
    ),
    (
        ["EB*1**MH*********Y", "EB*B*IND*MH***27*30*****Y", "MSG*AGE 18 AND OVER"],
        {
            "iop": "likely/outpatient",
            "iop_copay": "30.00/visit",
            "php": "likely/outpatient",
            "php_copay": "30.00/visit",
        },
    ),
    (
        ["EB*1**MH*********Y", "EB*B*IND*MH***27*30*****Y", "MSG*ADULTS"],
        {
            "iop": "likely/outpatient",
            "iop_copay": "30.00/visit",
            "php": "likely/outpatient",
            "php_copay": "30.00/visit",
        },
    ),
    (
        ["EB*1**MH*********Y", "EB*F*IND*MH***23***VS*20**Y", "MSG*UNDER AGE 18"],
        {"iop": "likely/outpatient", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "EB*B*IND*MH***27*30*****Y", "MSG*DED WAIVED"],
        {
            "iop": "likely/outpatient",
            "iop_copay": "30.00/visit",
            "php": "likely/outpatient",
            "php_copay": "30.00/visit",
        },
    ),
    (["EB*1**MH*********Y", "MSG*TELEHEALTH NOT COVERED"], {"iop": "likely/outpatient", "php": "likely/outpatient"}),
    (["EB*1**MH*********Y", "MSG*NOT COVERED IN OFFICE"], {"iop": "likely/outpatient", "php": "likely/outpatient"}),
    (
        ["EB*1**MH*********Y", "MSG*NO BENEFITS FOR TELEHEALTH"],
        {"iop": "likely/outpatient", "php": "likely/outpatient"},
    ),
    (["EB*1**BB*********Y", "MSG*NOT COVERED IN OFFICE"], {"iop": "not_stated/silent", "php": "covered/service_type"}),
    (
        ["EB*1**MH*********Y*HC:S9480", "MSG*NOT COVERED VIRTUAL"],
        {"iop": "covered/procedure", "iop_virtual": "not_covered", "php": "not_stated/silent"},
    ),
    (
        ["EB*I**MH*********W", "MSG*OUT OF NETWORK"],
        {
            "iop": "not_stated/silent",
            "iop_out": "not_covered/outpatient",
            "php": "not_stated/silent",
            "php_out": "not_covered/outpatient",
        },
    ),
    (
        ["EB*I**MH", "MSG*OUT OF NETWORK SERVICES ARE NOT COVERED"],
        {
            "iop": "not_stated/silent",
            "iop_out": "not_covered/outpatient",
            "php": "not_stated/silent",
            "php_out": "not_covered/outpatient",
        },
    ),
    (
        ["EB*1**MH*********Y", "MSG*NOT COVERED OUT OF NETWORK"],
        {
            "iop": "likely/outpatient",
            "iop_out": "not_covered/outpatient",
            "php": "likely/outpatient",
            "php_out": "not_covered/outpatient",
        },
    ),
    (
        ["EB*1**MH*********W", "MSG*NO COVERAGE FOR NON-PARTICIPATING PROVIDERS"],
        {
            "iop": "likely/outpatient",
            "iop_out": "not_covered/outpatient",
            "php": "likely/outpatient",
            "php_out": "not_covered/outpatient",
        },
    ),
    (
        ["EB*1**MH", "MSG*OUT OF NETWORK NOT COVERED"],
        {
            "iop": "likely/outpatient",
            "iop_out": "not_covered/outpatient",
            "php": "likely/outpatient",
            "php_out": "not_covered/outpatient",
        },
    ),
    (
        ["EB*1**BB*********W", "MSG*IN NETWORK"],
        {
            "iop": "not_stated/silent",
            "iop_out": "not_stated/silent",
            "php": "covered/service_type",
            "php_out": "not_stated/silent",
        },
    ),
    (
        ["EB*I**MH*********Y", "MSG*INTENSIVE OUTPATIENT OUT OF NETWORK"],
        {
            "iop": "not_stated/silent",
            "iop_out": "not_covered/phrase",
            "php": "not_stated/silent",
            "php_out": "not_stated/silent",
        },
    ),
    (
        ["EB*1**MH*********Y", "MSG*COVERAGE INFORMATION NOT AVAILABLE, CALL 800-555-0101"],
        {"iop": "not_stated/silent", "php": "not_stated/silent"},
    ),
    (["EB*1**MH*********Y", "MSG*CLAIMS ARE DENIED"], {"iop": "not_stated/silent", "php": "not_stated/silent"}),
    (
        ["EB*1**MH*********Y", "MSG*OTHER SERVICES ARE NOT COVERED"],
        {"iop": "likely/outpatient", "php": "likely/outpatient"},
    ),
    (["EB*1**MH*********Y", "MSG*SUPPLIES ARE NOT COVERED"], {"iop": "not_stated/silent", "php": "not_stated/silent"}),
    (
        ["EB*1**MH*********Y", "MSG*NOT COVERED BY THIS PROVIDER"],
        {"iop": "not_stated/silent", "php": "not_stated/silent"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*THIS FACILITY IS NOT COVERED"],
        {"iop": "likely/outpatient", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*IOP BENEFIT INFORMATION IS NOT AVAILABLE"],
        {"iop": "not_stated/phrase", "php": "likely/outpatient"},
    ),
    (["EB*I**MH*********Y", "MSG*EFFECTIVE 01/01/2027"], {"iop": "not_stated/silent", "php": "not_stated/silent"}),
    (
        ["EB*I**MH*********Y", "MSG*UNLESS PREAUTHORIZED"],
        {"iop": "not_stated/silent", "iop_auth": "unknown", "php": "not_stated/silent", "php_auth": "unknown"},
    ),
    (["EB*I**MH*********Y", "MSG*COVERED"], {"iop": "not_stated/silent", "php": "not_stated/silent"}),
    (["EB*I**MH*********Y", "MSG*AFTER 30 DAYS"], {"iop": "not_stated/silent", "php": "not_stated/silent"}),
    (
        ["EB*I**MH*********Y", "MSG*VIRTUAL INTENSIVE OUTPATIENT"],
        {"iop": "not_stated/silent", "iop_virtual": "not_covered", "php": "not_stated/silent"},
    ),
    (
        ["EB*I**MH*********Y", "MSG*ROOM AND BOARD FOR PARTIAL HOSPITALIZATION"],
        {"iop": "not_stated/silent", "php": "not_stated/silent"},
    ),
    (["EB*I**MH*********Y", "MSG*INTENSIVE OUTPATIENT QZX"], {"iop": "not_stated/silent", "php": "not_stated/silent"}),
    (
        ["EB*I**MH*********Y", "MSG*CALL 800-555-0101 FOR INTENSIVE OUTPATIENT"],
        {"iop": "not_stated/silent", "php": "not_stated/silent"},
    ),
    (["EB*I**MH*********Y", "MSG*IOP IS COVERED"], {"iop": "not_stated/silent", "php": "not_stated/silent"}),
    (["EB*I**MH*********Y", "MSG*IOP NOT COVERED"], {"iop": "not_covered/phrase", "php": "not_stated/silent"}),
    (["EB*I**MH*********Y", "MSG*IOP"], {"iop": "not_covered/phrase", "php": "not_stated/silent"}),
    (
        ["EB*I**MH*********Y", "MSG*INTENSIVE OUTPATIENT AND PARTIAL HOSPITALIZATION"],
        {"iop": "not_covered/phrase", "php": "not_covered/phrase"},
    ),
    (
        ["EB*1**BB*********Y", "MSG*EFFECTIVE 01/01/2027"],
        {"iop": "not_stated/silent", "php": "not_stated/service_type"},
    ),
    (["EB*1**BB*********Y", "MSG*AGES 13 TO 17"], {"iop": "not_stated/silent", "php": "not_stated/service_type"}),
    (
        ["EB*1**BB*********Y", "MSG*ONLY FOR SELECT GROUPS"],
        {"iop": "not_stated/silent", "php": "not_stated/service_type"},
    ),
    (
        ["EB*1**BB*********Y", "MSG*COVERED FOR FIRST 10 DAYS"],
        {"iop": "not_stated/silent", "php": "not_stated/service_type"},
    ),
    (
        ["EB*1**MH*********Y*HC:S9480", "MSG*VIRTUAL"],
        {"iop": "not_stated/silent", "iop_virtual": "covered", "php": "not_stated/silent"},
    ),
    (
        ["EB*1**MH*********Y*HC:S9480", "MSG*IN PERSON OR VIRTUAL"],
        {"iop": "covered/procedure", "iop_virtual": "covered", "php": "not_stated/silent"},
    ),
    (["EB*1**MH*********Y", "MSG*EFFECTIVE 01/01/2027"], {"iop": "not_stated/silent", "php": "not_stated/silent"}),
    (
        ["EB*1**MH*********Y", "MSG*NO OUT OF NETWORK BENEFITS"],
        {
            "iop": "likely/outpatient",
            "iop_out": "not_covered/outpatient",
            "php": "likely/outpatient",
            "php_out": "not_covered/outpatient",
        },
    ),
    (
        ["EB*1**MH*********Y", "MSG*PSYCHIATRIC SERVICES ARE NOT COVERED"],
        {"iop": "not_covered/outpatient", "php": "not_covered/outpatient"},
    ),
    (["EB*1**MH*********Y", "MSG*NOT COVERED"], {"iop": "not_covered/outpatient", "php": "not_covered/outpatient"}),
    (
        ["EB*1**MH*********Y", "MSG*SERVICES NOT COVERED"],
        {"iop": "not_covered/outpatient", "php": "not_covered/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*COPAY NOT INCLUDED IN OUT OF POCKET MAXIMUM"],
        {"iop": "likely/outpatient", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*DEDUCTIBLE IS NOT INCLUDED IN OUT OF POCKET"],
        {"iop": "likely/outpatient", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*LIMITATIONS AND EXCLUSIONS APPLY"],
        {"iop": "likely/outpatient", "php": "likely/outpatient"},
    ),
    (["EB*1**BB*********Y", "MSG*EXCLUSIONS APPLY"], {"iop": "not_stated/silent", "php": "covered/service_type"}),
    (
        ["EB*1**BB*********Y", "MSG*SUBJECT TO PLAN PROVISIONS AND EXCLUSIONS"],
        {"iop": "not_stated/silent", "php": "covered/service_type"},
    ),
    (["EB*1**MH*********Y", "MSG*PLAN HAS EXCLUSIONS"], {"iop": "not_stated/silent", "php": "not_stated/silent"}),
    (["EB*1**MH*********Y", "MSG*TIER 3 NOT COVERED"], {"iop": "likely/outpatient", "php": "likely/outpatient"}),
    (["EB*1**MH*********Y", "MSG*COPAY MAXIMUM MET"], {"iop": "likely/outpatient", "php": "likely/outpatient"}),
    (["EB*1**MH*********Y", "MSG*NO BENEFIT MAXIMUM"], {"iop": "likely/outpatient", "php": "likely/outpatient"}),
    (
        ["EB*1**MH*********Y", "MSG*PREAUTH REQUIRED OR BENEFITS DENIED"],
        {"iop": "likely/outpatient", "iop_auth": "required", "php": "likely/outpatient", "php_auth": "required"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*PRECERT REQUIRED OR NO BENEFITS"],
        {"iop": "likely/outpatient", "iop_auth": "required", "php": "likely/outpatient", "php_auth": "required"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*NOT COVERED IF NOT MEDICALLY NECESSARY"],
        {"iop": "not_stated/silent", "php": "not_stated/silent"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*DEPENDENTS ARE NOT COVERED"],
        {"iop": "not_stated/silent", "php": "not_stated/silent"},
    ),
    (["EB*1**MH*********Y", "MSG*NO TELEHEALTH BENEFITS"], {"iop": "likely/outpatient", "php": "likely/outpatient"}),
    (["EB*1**MH*********Y", "MSG*DOES NOT COVER TELEHEALTH"], {"iop": "likely/outpatient", "php": "likely/outpatient"}),
    (
        ["EB*1**MH*********Y", "MSG*NO BENEFITS AVAILABLE FOR PHP"],
        {"iop": "likely/outpatient", "php": "not_covered/phrase"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*NO COVERAGE IS AVAILABLE FOR PHP"],
        {"iop": "likely/outpatient", "php": "not_covered/phrase"},
    ),
    (["EB*1**MH*********Y", "MSG*PHP NOT ELIGIBLE"], {"iop": "likely/outpatient", "php": "not_covered/phrase"}),
    (["EB*1**MH*********Y", "MSG*PHP MAY NOT BE COVERED"], {"iop": "likely/outpatient", "php": "not_stated/phrase"}),
    (["EB*1**MH*********Y", "MSG*PHP MAY BE COVERED"], {"iop": "likely/outpatient", "php": "likely/outpatient"}),
    (
        ["EB*1**MH*********Y", "MSG*NOT A GUARANTEE OF COVERAGE FOR INTENSIVE OUTPATIENT"],
        {"iop": "not_stated/phrase", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*PHP INFORMATION IS AVAILABLE"],
        {"iop": "likely/outpatient", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*PHP BENEFITS ARE LISTED IN THE HANDBOOK"],
        {"iop": "likely/outpatient", "php": "likely/outpatient"},
    ),
    (["EB*1**MH*********Y", "MSG*PHP CLAIMS ARE PAID"], {"iop": "likely/outpatient", "php": "likely/outpatient"}),
    (
        ["EB*1**MH*********Y", "MSG*PHP ROOM AND BOARD COVERED"],
        {"iop": "likely/outpatient", "php": "likely/outpatient"},
    ),
    (["EB*1**MH*********Y", "MSG*PHP EVALUATION IS COVERED"], {"iop": "likely/outpatient", "php": "likely/outpatient"}),
    (
        ["EB*1**MH*********Y", "MSG*PARTIAL HOSPITALIZATION ROOM AND BOARD NOT COVERED"],
        {"iop": "likely/outpatient", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*INTENSIVE OUTPATIENT IS COVERED BY MAGELLAN"],
        {"iop": "likely/outpatient", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*IOP NOT COVERED FOR AUTISM"],
        {"iop": "not_stated/phrase", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*IOP AND PHP NOT COVERED ON SAME DAY"],
        {"iop": "not_stated/phrase", "php": "not_stated/phrase"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*IOP NOT COVERED UNDER THIS PLAN"],
        {"iop": "not_covered/phrase", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*IOP IS NOT COVERED OUT OF NETWORK"],
        {
            "iop": "likely/outpatient",
            "iop_out": "not_covered/phrase",
            "php": "likely/outpatient",
            "php_out": "not_stated/silent",
        },
    ),
    (
        ["EB*1**MH*********Y", "MSG*PHP IS COVERED. NOT COVERED IN OFFICE."],
        {"iop": "likely/outpatient", "php": "covered/phrase"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*INTENSIVE OUTPATIENT COVERED. NOT COVERED OUT OF NETWORK."],
        {
            "iop": "covered/phrase",
            "iop_out": "not_covered/phrase",
            "php": "likely/outpatient",
            "php_out": "not_stated/silent",
        },
    ),
    (
        ["EB*1**MH*********Y", "MSG*YOUR CONTRACT IS NOT PART OF THIS NETWORK"],
        {
            "iop": "likely/outpatient",
            "iop_out": "not_stated/silent",
            "php": "likely/outpatient",
            "php_out": "not_stated/silent",
        },
    ),
    (
        ["EB*1**MH*********Y", "MSG*YOUR CONTRACT DOES NOT INCLUDE THIS PLAN"],
        {"iop": "likely/outpatient", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "EB*B*IND*MH***27*30*****Y", "MSG*TELEHEALTH NOT COVERED"],
        {
            "iop": "likely/outpatient",
            "iop_copay": "30.00/visit",
            "php": "likely/outpatient",
            "php_copay": "30.00/visit",
        },
    ),
    (
        ["EB*1**MH*********Y", "EB*B*IND*MH***27*30*****Y", "MSG*COPAY DOES NOT APPLY TO OUT OF POCKET"],
        {
            "iop": "likely/outpatient",
            "iop_copay": "30.00/visit",
            "php": "likely/outpatient",
            "php_copay": "30.00/visit",
        },
    ),
    (
        ["EB*1**MH*********Y", "EB*B*IND*MH***27*30*****Y", "MSG*COPAY WAIVED"],
        {"iop": "likely/outpatient", "iop_copay": "None", "php": "likely/outpatient", "php_copay": "None"},
    ),
    (
        ["EB*1**MH*********Y", "EB*B*IND*MH***27*20*****Y", "MSG*OUTPATIENT OFFICE VISIT"],
        {"iop": "likely/outpatient", "iop_copay": "None", "php": "likely/outpatient", "php_copay": "None"},
    ),
    (["EB*1**BB*********Y", "EB*F*IND*BB***24***DY*0**Y"], {"iop": "not_stated/silent", "php": "covered/service_type"}),
    (
        ["EB*1**BB*********Y", "EB*F*IND*BB***29***DY*0**Y", "MSG*UNDER AGE 18"],
        {"iop": "not_stated/silent", "php": "covered/service_type"},
    ),
    (["EB*1***********Y*HC:S9480", "MSG*RESIDENTIAL"], {"iop": "not_stated/silent", "php": "not_stated/silent"}),
    (["EB*I***********Y*HC:S9480", "MSG*MEALS"], {"iop": "not_stated/silent", "php": "not_stated/silent"}),
    (
        ["EB*1**MH**INTENSIVE OUTPATIENT*******Y", "MSG*NOT COVERED"],
        {"iop": "not_covered/phrase", "php": "not_stated/silent"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*IOP LIMITED TO 20 DAYS PER CALENDAR YEAR"],
        {"iop": "covered/phrase", "php": "not_stated/silent"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*INTENSIVE OUTPATIENT COPAY 30 DOLLARS"],
        {"iop": "covered/phrase", "php": "not_stated/silent"},
    ),
    (["EB*1**MH*********Y", "MSG*IOP IS AN EXCLUSION"], {"iop": "not_covered/phrase", "php": "likely/outpatient"}),
    (["EB*1**MH*********Y", "MSG*IOP IS NOT AN EXCLUSION"], {"iop": "covered/phrase", "php": "likely/outpatient"}),
    (["EB*1**MH*********Y", "MSG*NO EXCLUSIONS FOR PHP"], {"iop": "likely/outpatient", "php": "covered/phrase"}),
    (
        ["EB*1**MH*********Y", "MSG*EXCLUSIONS: IOP, RESIDENTIAL"],
        {"iop": "not_covered/phrase", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*INTENSIVE OUTPATIENT COVERED. YOUR CONTRACT IS NOT PART OF THIS NETWORK."],
        {
            "iop": "covered/phrase",
            "iop_out": "not_stated/silent",
            "php": "likely/outpatient",
            "php_out": "not_stated/silent",
        },
    ),
    (
        ["EB*1**MH*********Y", "MSG*PROVIDER IS NOT IN NETWORK"],
        {
            "iop": "likely/outpatient",
            "iop_out": "not_stated/silent",
            "php": "likely/outpatient",
            "php_out": "not_stated/silent",
        },
    ),
    (
        ["EB*1**BB*********Y", "EB*B*IND*BB***27*20*****Y", "MSG*FIRST 10 VISITS"],
        {"iop": "not_stated/silent", "iop_copay": "None", "php": "covered/service_type", "php_copay": "None"},
    ),
    (
        ["EB*1***********Y*HC:S9480", "EB*B*IND****27*20*****Y*HC:S9480", "MSG*FIRST 10 VISITS"],
        {"iop": "covered/procedure", "iop_copay": "None", "php": "not_stated/silent", "php_copay": "None"},
    ),
    (
        ["EB*1**MH**INTENSIVE OUTPATIENT*******Y", "MSG*FOR CHILDREN"],
        {"iop": "not_stated/phrase", "php": "not_stated/silent"},
    ),
    (
        ["EB*1**MH**INTENSIVE OUTPATIENT*******Y", "MSG*VIRTUAL"],
        {"iop": "not_stated/silent", "iop_virtual": "covered", "php": "not_stated/silent"},
    ),
    (
        ["EB*1**MH**INTENSIVE OUTPATIENT*******Y", "MSG*EFFECTIVE 01/01/2027"],
        {"iop": "not_stated/phrase", "php": "not_stated/silent"},
    ),
    (
        ["EB*1**MH**INTENSIVE OUTPATIENT*******Y", "MSG*PREAUTH REQUIRED"],
        {"iop": "covered/phrase", "iop_auth": "required", "php": "not_stated/silent", "php_auth": "unknown"},
    ),
    (["EB*1**MH**INTENSIVE OUTPATIENT*******Y"], {"iop": "covered/phrase", "php": "not_stated/silent"}),
    (
        ["EB*I**MH**INTENSIVE OUTPATIENT*******Y", "MSG*OUT OF NETWORK"],
        {
            "iop": "not_stated/silent",
            "iop_out": "not_covered/phrase",
            "php": "not_stated/silent",
            "php_out": "not_stated/silent",
        },
    ),
    (
        ["EB*I**MH**INTENSIVE OUTPATIENT*******Y", "MSG*FOR CHILDREN"],
        {"iop": "not_stated/phrase", "php": "not_stated/silent"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*NO PREAUTH FOR GROUP THERAPY IN INTENSIVE OUTPATIENT"],
        {"iop": "not_stated/phrase", "iop_auth": "unknown", "php": "likely/outpatient", "php_auth": "unknown"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*THIS PLAN DOES NOT COVER PHP"],
        {"iop": "likely/outpatient", "php": "not_covered/phrase"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*TRANSPORTATION TO PARTIAL HOSPITALIZATION IS COVERED"],
        {"iop": "likely/outpatient", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*DETOX, PHP AND RESIDENTIAL ARE NOT COVERED"],
        {"iop": "likely/outpatient", "php": "not_covered/phrase"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*RESIDENTIAL, IOP AND PHP ARE COVERED"],
        {"iop": "covered/phrase", "php": "covered/phrase"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*IOP, TELEHEALTH AND RESIDENTIAL ARE COVERED"],
        {"iop": "covered/phrase", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*INTENSIVE OUTPATIENT NOT COVERED FOR SUBSTANCE ABUSE"],
        {"iop": "likely/outpatient", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*PARTIAL HOSPITALIZATION MEALS"],
        {"iop": "not_stated/silent", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*INTENSIVE OUTPATIENT EVALUATION"],
        {"iop": "likely/outpatient", "php": "not_stated/silent"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*INTENSIVE OUTPATIENT BENEFITS ARE AVAILABLE ON THE PORTAL"],
        {"iop": "likely/outpatient", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*INTENSIVE OUTPATIENT PROVIDERS ARE AVAILABLE"],
        {"iop": "likely/outpatient", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*INTENSIVE OUTPATIENT COVERED OR NOT COVERED"],
        {"iop": "not_stated/phrase", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*EXCLUSIONS MAY APPLY TO INTENSIVE OUTPATIENT"],
        {"iop": "not_stated/phrase", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*MEMBER PAYS ALL FOR INTENSIVE OUTPATIENT"],
        {"iop": "likely/outpatient", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*INTENSIVE OUTPATIENT COVERED IN PERSON, NOT COVERED VIRTUAL"],
        {"iop": "covered/phrase", "iop_virtual": "not_covered", "php": "likely/outpatient"},
    ),
    (
        ["EB*I**MH*********Y", "MSG*INTENSIVE OUTPATIENT - OFFICE"],
        {"iop": "not_stated/silent", "php": "not_stated/silent"},
    ),
    (
        ["EB*I**MH*********Y", "MSG*INTENSIVE OUTPATIENT WITHOUT PREAUTHORIZATION"],
        {"iop": "not_stated/silent", "iop_auth": "unknown", "php": "not_stated/silent", "php_auth": "unknown"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*INTENSIVE OUTPATIENT (VIRTUAL) IS NOT COVERED"],
        {"iop": "likely/outpatient", "iop_virtual": "not_covered", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*INTENSIVE OUTPATIENT IS COVERED. LIMITATIONS AND EXCLUSIONS APPLY."],
        {"iop": "covered/phrase", "php": "likely/outpatient"},
    ),
    (["EB*1**MH*********Y", "MSG*IOP COVERED AT 80%"], {"iop": "covered/phrase", "php": "not_stated/silent"}),
    (["EB*1**MH*********Y", "MSG*MEMBER PAYS 20% FOR PHP"], {"iop": "not_stated/silent", "php": "covered/phrase"}),
    (
        ["EB*1**MH*********Y", "MSG*INTENSIVE OUTPATIENT IS COVERED. NOT COVERED VIRTUAL."],
        {"iop": "covered/phrase", "iop_virtual": "not_covered", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*IS IOP COVERED? CALL 800-555-0100"],
        {"iop": "likely/outpatient", "php": "likely/outpatient"},
    ),
    (
        ["EB*1**MH*********Y", "MSG*IOP IS COVERED EXCEPT WHEN COURT ORDERED"],
        {"iop": "not_stated/phrase", "php": "likely/outpatient"},
    ),
    (["EB*1**MH*********Y", "MSG*IOP SUSPENDED"], {"iop": "not_stated/phrase", "php": "likely/outpatient"}),
]


@pytest.mark.parametrize(("lines", "expected"), CASES, ids=[" ".join(lines) for lines, _ in CASES])
def test_words_decide_nothing_beyond_what_they_speak_of(read: Read, lines: list[str], expected: dict[str, str]) -> None:
    assert not differences(read(PLAN, *lines), expected)
