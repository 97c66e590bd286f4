"""The route ``core_mime`` keeps the promises of every route."""

import httpx

from contracts import RouteSettings
from payers.conformance import RouteConformance
from payers.routes.core_mime import open_route as the_route

X12 = (
    b"ISA*00*          *00*          *ZZ*60054          *ZZ*BENEFITS       *261124*1015*^*00501*000000301*0*P*:~"
    b"GS*HB*60054*BENEFITS*20261124*1015*301*X*005010X279A1~ST*271*0001*005010X279A1~"
    b"BHT*0022*11*BV20261124000101*20261124*1015~HL*1**20*1~NM1*PR*2*EXAMPLE PAYER*****PI*60054~"
    b"HL*2*1*21*1~NM1*1P*2*EXAMPLE RECOVERY CENTER*****XX*1999999984~HL*3*2*22*0~"
    b"TRN*2*BV20261124000101*9123456789~NM1*IL*1*FICTIONAL*IMAGINETTA****MI*ZZ9999999~EB*1**30~SE*11*0001~"
    b"GE*1*301~IEA*1*000000301~"
)


class TestRoute(RouteConformance):
    open_route = staticmethod(the_route)
    settings = RouteSettings(url="https://127.0.0.1:9443/core/mime", username="u", password="p")

    def good(self) -> httpx.Response:
        return httpx.Response(200, content=X12, headers={"content-type": "application/edi-x12"})
