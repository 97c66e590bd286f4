"""Our own words for what a line holds and does: service types, places, topics, voices, obstacles, set-aside lines."""

from typing import Final

from payers.reading.lines.statements import Effect
from payers.reading.terms.rungs import Obstacle, Voice
from payers.reading.text import Topic

SERVICE_TYPES: Final = {
    "1": "medical care",
    "30": "the plan",
    "33": "chiropractic",
    "35": "dental care",
    "47": "hospital",
    "48": "hospital, inpatient",
    "50": "hospital, outpatient",
    "86": "emergency services",
    "88": "pharmacy",
    "98": "office visit",
    "A4": "psychiatric",
    "A5": "psychiatric room and board",
    "A6": "psychotherapy",
    "A7": "psychiatric, inpatient",
    "A8": "psychiatric, outpatient",
    "AI": "substance abuse",
    "AJ": "alcoholism",
    "AK": "drug addiction",
    "AL": "vision",
    "BB": "partial hospitalization, psychiatric",
    "BC": "day care, psychiatric",
    "CE": "mental health provider, inpatient",
    "CF": "mental health provider, outpatient",
    "CG": "mental health facility, inpatient",
    "CH": "mental health facility, outpatient",
    "CI": "substance abuse facility, inpatient",
    "CJ": "substance abuse facility, outpatient",
    "MH": "mental health",
    "RT": "residential psychiatric treatment",
    "UC": "urgent care",
}
PLACES: Final = {
    "02": "telehealth, not at home",
    "10": "telehealth, at home",
    "11": "office",
    "12": "home",
    "13": "assisted living",
    "19": "off-campus outpatient hospital",
    "20": "urgent care",
    "21": "inpatient hospital",
    "22": "on-campus outpatient hospital",
    "23": "emergency room",
    "31": "skilled nursing facility",
    "32": "nursing facility",
    "41": "ambulance on land",
    "42": "ambulance by air or water",
    "51": "inpatient psychiatric facility",
    "52": "psychiatric facility, partial hospitalization",
    "53": "community mental health center",
    "55": "residential substance abuse facility",
    "56": "psychiatric residential center",
    "57": "non-residential substance abuse facility",
    "61": "inpatient rehabilitation facility",
    "81": "laboratory",
}
PROCEDURES: Final = {
    "S9480": "intensive outpatient, psychiatric, a day",
    "H0015": "intensive outpatient, alcohol or drugs",
    "H0035": "partial hospitalization, mental health",
    "S0201": "partial hospitalization, a day",
    "H2036": "alcohol or drug treatment program, a day",
    "G0410": "group psychotherapy in IOP or PHP",
    "G0411": "interactive group psychotherapy in IOP or PHP",
}
TOPICS: Final = {
    Topic.COVERAGE: "coverage",
    Topic.AUTHORIZATION: "authorization",
    Topic.COST: "cost",
    Topic.LIMIT: "limit",
    Topic.CONTACT: "contact",
    Topic.STATUS: "status of the plan",
    Topic.EXHAUSTED: "used up",
    Topic.OTHER: "a general remark",
    Topic.LABEL: "label",
}
POLARITIES: Final = {
    (Topic.COVERAGE, True): "granted",
    (Topic.COVERAGE, False): "refused",
    (Topic.AUTHORIZATION, True): "required",
    (Topic.AUTHORIZATION, False): "not required",
    (Topic.AUTHORIZATION, None): "left open",
}
VOICES: Final = {
    Voice.SPEAKS: "speaks for it",
    Voice.CLOSES: "closes it",
    Voice.STOPS: "leaves it open, where nothing else speaks or closes",
    Voice.RESTRICTS: "stops the ladder by a limiting mention",
    Voice.EXHAUSTED: "says that it is used up",
}
EFFECTS: Final = {
    Effect.GRANTS: "its words grant the program",
    Effect.REFUSES: "its words refuse the program",
    Effect.EXCEPTS: "its words except the program, so it is silent about it",
    Effect.STOPS: "its words mention the program with a negative or limiting word, or an unmet condition",
    Effect.MENTIONS: "its words mention the program and decide nothing",
    Effect.EXHAUSTED: "its words say that the program is used up",
    Effect.REFERS: "its words name whom to ask about the program",
}
OBSTACLES: Final = {
    Obstacle.OTHER_CONDITION: "it speaks of another condition",
    Obstacle.OTHER_PROGRAM: "it is about the other program alone, or leaves this one out",
    Obstacle.STRUCK_TYPES: "its service types are inpatient or residential ones alone",
    Obstacle.OTHER_SERVICE: "its words narrow it to another service, the office or telehealth",
    Obstacle.OTHER_PROCEDURE: "it is about another procedure",
    Obstacle.TELEHEALTH: "it is about telehealth alone",
    Obstacle.EXCLUDED_PLACE: "its place is none of the program's",
}
