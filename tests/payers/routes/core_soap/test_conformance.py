"""The route ``core_soap`` keeps the promises of every route."""

import httpx

from contracts import RouteSettings
from payers.conformance import RouteConformance
from payers.routes.core_soap import open_route as the_route

X12 = (
    "ISA*00*          *00*          *ZZ*60054          *ZZ*BENEFITS       *261124*1015*^*00501*000000301*0*P*:~"
    "GS*HB*60054*BENEFITS*20261124*1015*301*X*005010X279A1~ST*271*0001*005010X279A1~"
    "BHT*0022*11*BV20261124000101*20261124*1015~HL*1**20*1~NM1*PR*2*EXAMPLE PAYER*****PI*60054~"
    "HL*2*1*21*1~NM1*1P*2*EXAMPLE RECOVERY CENTER*****XX*1999999984~HL*3*2*22*0~"
    "TRN*2*BV20261124000101*9123456789~NM1*IL*1*FICTIONAL*IMAGINETTA****MI*ZZ9999999~EB*1**30~SE*11*0001~"
    "GE*1*301~IEA*1*000000301~"
)
ENVELOPE = (
    '<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Body>'
    '<ns1:COREEnvelopeRealTimeResponse xmlns:ns1="http://www.caqh.org/SOAP/WSDL/CORERule2.2.0.xsd">'
    "<PayloadType>X12_271_Response_005010X279A1</PayloadType><Payload><![CDATA[{}]]></Payload>"
    "<ErrorCode>Success</ErrorCode></ns1:COREEnvelopeRealTimeResponse></soap:Body></soap:Envelope>"
)


class TestRoute(RouteConformance):
    open_route = staticmethod(the_route)
    settings = RouteSettings(url="https://127.0.0.1:9443/core/soap", username="u", password="p")

    def good(self) -> httpx.Response:
        return httpx.Response(
            200, content=ENVELOPE.format(X12), headers={"content-type": "application/soap+xml; charset=utf-8"}
        )
