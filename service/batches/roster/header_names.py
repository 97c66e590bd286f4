"""What the columns of intake exports are called, for each column of ours.

The names are those of the headers of practice systems and of rosters that providers write by hand; upper and lower
case, signs and spaces make no difference, and PT stands for PATIENT, DOB for DATE OF BIRTH and so on (``_SHORT``).
Source: ``INTAKE.md`` 2 and 6 for the fields; the spellings are ordinary words of the trade.
"""

import re
from typing import NamedTuple
from unicodedata import combining, normalize

FULL_NAME = "full_name"
"""A column that holds a whole name, which is parted into first and last name."""

SUBSCRIBER_FULL_NAME = "subscriber_full_name"


class HeaderName(NamedTuple):
    """One of our columns, and how surely a header means it: 0 surely, 1 when no surer column stands beside it."""

    column: str
    doubt: int


_SURE: dict[str, str] = {
    "payer": "PAYER, PAYER NAME, PAYER ID, PAYOR, PAYOR NAME, INSURANCE, INSURANCE NAME, INSURANCE COMPANY, "
    "INSURANCE CO, INSURANCE CARRIER, INSURANCE PAYER, INSURER, CARRIER, CARRIER NAME, PRIMARY INSURANCE, "
    "PRIMARY PAYER, PRIMARY PAYOR, PRIMARY INSURANCE NAME, PRIMARY CARRIER, PRIMARY INSURANCE COMPANY, "
    "HEALTH INSURANCE, HEALTH PLAN, ASEGURADORA, NOMBRE DE LA ASEGURADORA, SEGURO, NOMBRE DEL SEGURO, SEGURO MEDICO, "
    "COMPANIA DE SEGUROS, PLAN DE SALUD, PAGADOR",
    "first_name": "FIRST NAME, FIRST, FIRSTNAME, FNAME, F NAME, GIVEN NAME, GIVEN, MEMBER FIRST NAME, MEMBER FIRST, "
    "PATIENT FIRST NAME, PATIENT FIRST, PATIENT FNAME, CLIENT FIRST NAME, CLIENT FIRST, LEGAL FIRST NAME, NAME FIRST, "
    "PATIENT GIVEN NAME, NOMBRE, NOMBRES, PRIMER NOMBRE",
    "last_name": "LAST NAME, LAST, LASTNAME, LNAME, L NAME, SURNAME, FAMILY NAME, MEMBER LAST NAME, MEMBER LAST, "
    "PATIENT LAST NAME, PATIENT LAST, PATIENT LNAME, CLIENT LAST NAME, CLIENT LAST, LEGAL LAST NAME, NAME LAST, "
    "PATIENT SURNAME, PATIENT FAMILY NAME, APELLIDO, APELLIDOS, PRIMER APELLIDO, APELLIDO PATERNO",
    FULL_NAME: "PATIENT NAME, PATIENT FULL NAME, MEMBER NAME, MEMBER FULL NAME, CLIENT NAME, CLIENT FULL NAME, "
    "FULL NAME, FULLNAME, PATIENT, CLIENT, NOMBRE COMPLETO, NOMBRE Y APELLIDO, NOMBRE Y APELLIDOS, PACIENTE, "
    "NOMBRE DEL PACIENTE",
    "birth_date": "BIRTH DATE, BIRTHDATE, BIRTHDAY, BIRTH, DATE OF BIRTH, MEMBER DATE OF BIRTH, MEMBER BIRTH DATE, "
    "PATIENT DATE OF BIRTH, PATIENT BIRTH DATE, PATIENT BIRTHDATE, CLIENT DATE OF BIRTH, CLIENT BIRTH DATE, BDAY, "
    "MEMBER BIRTHDATE, FECHA DE NACIMIENTO, NACIMIENTO, FECHA NAC, F NAC, FDN",
    "member_id": "MEMBER ID, MEMBERID, MEMBER NUMBER, MEMBER IDENTIFICATION, MEMBER IDENTIFIER, MEMBER ID NUMBER, "
    "INSURANCE ID, INSURANCE ID NUMBER, INSURANCE NUMBER, INSURANCE MEMBER ID, INSURANCE MEMBER NUMBER, "
    "PRIMARY INSURANCE ID, PRIMARY MEMBER ID, PRIMARY INSURANCE NUMBER, PRIMARY INSURANCE MEMBER ID, CARD ID, "
    "CARD NUMBER, INSURANCE CARD NUMBER, PATIENT MEMBER ID, HEALTH PLAN ID, HEALTH PLAN MEMBER ID, ID ON CARD, "
    "NUMERO DE MIEMBRO, ID DE MIEMBRO, MIEMBRO, NUMERO DE AFILIADO, ID DE AFILIADO, AFILIADO, NUMERO DE SEGURO, "
    "ID DEL SEGURO",
    "group_number": "GROUP NUMBER, GROUP, GROUP ID, GROUPNUMBER, GROUP NO, PLAN GROUP, INSURANCE GROUP, "
    "INSURANCE GROUP NUMBER, PRIMARY GROUP NUMBER, EMPLOYER GROUP NUMBER, POLICY GROUP NUMBER, GRUPO, "
    "PRIMARY INSURANCE GROUP, NUMERO DE GRUPO",
    "subscriber_first_name": "SUBSCRIBER FIRST NAME, SUBSCRIBER FIRST, POLICY HOLDER FIRST NAME, POLICY HOLDER FIRST, "
    "INSURED FIRST NAME, INSURED FIRST, CARD HOLDER FIRST NAME",
    "subscriber_last_name": "SUBSCRIBER LAST NAME, SUBSCRIBER LAST, POLICY HOLDER LAST NAME, POLICY HOLDER LAST, "
    "INSURED LAST NAME, INSURED LAST, CARD HOLDER LAST NAME",
    SUBSCRIBER_FULL_NAME: "SUBSCRIBER NAME, SUBSCRIBER FULL NAME, SUBSCRIBER, POLICY HOLDER NAME, POLICY HOLDER, "
    "INSURED NAME, NAME OF INSURED, CARD HOLDER NAME, CARD HOLDER, TITULAR, NOMBRE DEL TITULAR",
    "subscriber_birth_date": "SUBSCRIBER DATE OF BIRTH, SUBSCRIBER BIRTH DATE, SUBSCRIBER BIRTHDATE, "
    "POLICY HOLDER DATE OF BIRTH, POLICY HOLDER BIRTH DATE, INSURED DATE OF BIRTH, INSURED BIRTH DATE, "
    "CARD HOLDER DATE OF BIRTH, FECHA DE NACIMIENTO DEL TITULAR",
    "subscriber_member_id": "SUBSCRIBER MEMBER ID, POLICY HOLDER MEMBER ID, INSURED MEMBER ID",
    "relationship": "RELATIONSHIP, RELATION, RELATIONSHIP TO SUBSCRIBER, RELATION TO SUBSCRIBER, "
    "RELATIONSHIP TO INSURED, RELATION TO INSURED, PATIENT RELATIONSHIP, PATIENT RELATIONSHIP TO INSURED, "
    "PATIENT RELATIONSHIP TO SUBSCRIBER, RELATIONSHIP TO POLICY HOLDER, INSURED RELATIONSHIP, SUBSCRIBER RELATIONSHIP, "
    "PARENTESCO, RELACION, RELACION CON EL TITULAR",
    "service_date": "SERVICE DATE, DATE OF SERVICE, SERVICE FROM DATE, SERVICE START DATE, APPOINTMENT DATE, "
    "VISIT DATE, APPT DATE, FECHA DE SERVICIO, FECHA DE CITA",
    "delivery": "DELIVERY, DELIVERY MODE, SERVICE DELIVERY, MODALITY",
    "conditions": "CONDITIONS, CONDITION",
    "purpose": "PURPOSE, VERIFICATION PURPOSE",
    "reference": "REFERENCE, REFERENCE ID, EXTERNAL ID, MRN, MEDICAL RECORD NUMBER, PATIENT ID, PATIENT NUMBER, "
    "PATIENT ACCOUNT NUMBER, ACCOUNT NUMBER, ACCOUNT, CLIENT ID, CLIENT NUMBER, CHART NUMBER, CHART, CASE NUMBER, "
    "CASE ID, PATIENT CONTROL NUMBER, RECORD ID, EMR ID, EHR ID, EXPEDIENTE, NUMERO DE EXPEDIENTE, ID DEL PACIENTE, "
    "NUMERO DE PACIENTE",
}
"""Headers that mean one thing; a column of ours by the names that it goes by."""

_LESS_SURE: dict[str, str] = {
    "payer": "PLAN, PLAN NAME, INSURANCE PLAN, INSURANCE PLAN NAME",
    FULL_NAME: "NAME, MEMBER",
    "member_id": "ID NUMBER, POLICY NUMBER, POLICY, POLICY ID, INSURANCE POLICY NUMBER, PRIMARY POLICY NUMBER, "
    "SUBSCRIBER ID, SUBSCRIBER NUMBER, SUBSCRIBER ID NUMBER, INSURED ID, INSURED ID NUMBER, POLICY HOLDER ID, "
    "CARD HOLDER ID, CONTRACT NUMBER, CERTIFICATE NUMBER, IDENTIFICATION NUMBER, ALTERNATE MEMBER ID, "
    "POLIZA, NUMERO DE POLIZA, NUMERO DE IDENTIFICACION",
    "reference": "ROW ID, KEY",
}
"""Headers that mean it when no surer one stands beside them: a policy's number is the member's where no other is."""

_SHORT = {
    "PT": "PATIENT", "PTS": "PATIENT", "PATIENTS": "PATIENT", "MBR": "MEMBER", "MEM": "MEMBER", "SUB": "SUBSCRIBER",
    "SUBS": "SUBSCRIBER", "SUBSCR": "SUBSCRIBER", "INS": "INSURANCE", "NBR": "NUMBER", "NUM": "NUMBER", "NO": "NUMBER",
    "GRP": "GROUP", "REL": "RELATIONSHIP", "REF": "REFERENCE", "ACCT": "ACCOUNT", "DOS": "DATE OF SERVICE",
    "DOB": "DATE OF BIRTH", "BIRTHDT": "BIRTH DATE", "DT": "DATE", "SVC": "SERVICE", "PRIM": "PRIMARY",
    "PRI": "PRIMARY", "POLICYHOLDER": "POLICY HOLDER", "CARDHOLDER": "CARD HOLDER", "IDENTIFICATION": "ID",
    "IDNUMBER": "ID NUMBER", "BDATE": "BIRTH DATE", "CERT": "CERTIFICATE", "POL": "POLICY",
    "INSUREDS": "INSURED", "SUBSCRIBERS": "SUBSCRIBER", "MEMBERS": "MEMBER", "CO": "COMPANY", "TEL": "PHONE",
    "NUMERO": "NUMBER", "IDENTIFICACION": "ID",
}  # fmt: skip
"""Words that headers shorten."""

_WITHOUT = {"OF", "THE", "S", "DE", "DEL", "LA", "EL"}
"""Words that make no difference."""


def without_accents(text: str) -> str:
    """Return ``text`` with plain letters in place of those with accents."""
    return "".join(sign for sign in normalize("NFKD", text) if not combining(sign))


def names_days_in_spanish(header: str) -> bool:
    """Return whether ``header`` is that of a column of dates in Spanish, where most people write the day first."""
    return not {"FECHA", "NACIMIENTO", "NAC", "FDN"}.isdisjoint(plain_header(header).split())


def plain_header(text: str) -> str:
    """Return ``text``, a header, in capitals, its words written out and parted by one space each.

    ``patientFirstName`` and ``Pt. first-name`` are ``PATIENT FIRST NAME``; ``Member ID #`` is ``MEMBER ID NUMBER``,
    ``D.O.B.`` is ``DATE BIRTH``, and ``Número de póliza`` is ``NUMBER POLIZA``.
    """
    whole = re.sub(r"\b[A-Za-z](?:[./][A-Za-z])+\b", lambda found: re.sub(r"[./]", "", found[0]), without_accents(text))
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", whole)
    words = re.sub(
        r"[^A-Z0-9]+", " ", parted.upper().replace("'", "").replace("’", "").replace("#", " NUMBER ")
    ).split()
    written = " ".join(_SHORT.get(word, word) for word in words).split()
    return " ".join(word for word in written if word not in _WITHOUT)


def _table() -> dict[str, HeaderName]:
    names: dict[str, HeaderName] = {}
    for doubt, table in ((1, _LESS_SURE), (0, _SURE)):
        for column, headers in table.items():
            for header in (*headers.split(","), column):
                names[plain_header(header)] = HeaderName(column, doubt)
    return names


HEADER_NAMES = _table()
"""Every header that is understood, in the form of ``plain_header``."""


def recognize(header: str) -> HeaderName | None:
    """Return the column that ``header`` means; None when nobody here knows it."""
    plain = plain_header(header)
    if plain not in HEADER_NAMES:
        # ``DOB (MM/DD/YYYY)`` says how it is written, and ``PAYER ID NUMBER`` no more than the words before.
        plain = plain_header(re.sub(r"\(.*?\)|\[.*?\]", " ", header))
    return HEADER_NAMES.get(plain) or HEADER_NAMES.get(plain.removesuffix(" NUMBER"))
