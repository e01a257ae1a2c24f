"""Who plays in the demo: about forty agencies and one person or more in each. All people are invented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from accounts.enums import AgencyKind, Role

DOMAIN: Final = "demo.example"
PASSWORD: Final = "visa-vagen-2026"
"""Of every demo account. Printed by bin/run; the demo setting is refused in production."""


@dataclass(frozen=True)
class Part:
    """An agency of the demo."""

    name: str
    kind: AgencyKind
    municipality: str = ""


@dataclass(frozen=True)
class Player:
    """A person with one assignment. `agency` is a Part's name, or a desk's key for its coordinators."""

    name: str
    role: Role
    agency: str = ""
    desk: str = ""
    manager: bool = False
    second: tuple[Role, str] | None = None
    """Another assignment: role and agency."""

    @property
    def email(self) -> str:
        plain = self.name.lower().translate(str.maketrans("åäöéü ", "aaoeu.", "’"))
        return f"{plain}@{DOMAIN}"


_K = AgencyKind
PARTS: Final = (
    Part("Socialtjänsten Uppsala, vuxna", _K.SOCIAL_SERVICES_ADULT, "0380"),
    Part("Socialtjänsten Umeå, vuxna", _K.SOCIAL_SERVICES_ADULT, "2480"),
    Part("Socialtjänsten Malmö, vuxna", _K.SOCIAL_SERVICES_ADULT, "1280"),
    Part("Socialtjänsten Göteborg, vuxna", _K.SOCIAL_SERVICES_ADULT, "1480"),
    Part("Socialtjänsten Norrköping, vuxna", _K.SOCIAL_SERVICES_ADULT, "0581"),
    Part("Socialtjänsten Örebro, vuxna", _K.SOCIAL_SERVICES_ADULT, "1880"),
    Part("Socialförvaltningen Stockholm, vuxna", _K.SOCIAL_SERVICES_ADULT, "0180"),
    Part("Socialtjänsten Lund, vuxna", _K.SOCIAL_SERVICES_ADULT, "1281"),
    Part("Socialtjänsten Södertälje, barn och unga", _K.SOCIAL_SERVICES_CHILD, "0181"),
    Part("Socialtjänsten Gävle, barn och unga", _K.SOCIAL_SERVICES_CHILD, "2180"),
    Part("Socialtjänsten Göteborg, barn och unga", _K.SOCIAL_SERVICES_CHILD, "1480"),
    Part("Socialtjänsten Malmö, barn och unga", _K.SOCIAL_SERVICES_CHILD, "1280"),
    Part("Socialjouren Uppsala", _K.SOCIAL_EMERGENCY, "0380"),
    Part("Socialjouren Malmö", _K.SOCIAL_EMERGENCY, "1280"),
    Part("Polisen, gränspolisen Arlanda", _K.POLICE),
    Part("Polisen, polisregion Mitt", _K.POLICE),
    Part("Polisen, polisregion Nord", _K.POLICE),
    Part("Polisen, polisregion Syd", _K.POLICE),
    Part("Polisen, polisregion Väst", _K.POLICE),
    Part("Åklagarmyndigheten, riksenheten", _K.PROSECUTOR),
    Part("Migrationsverket, Region Mitt", _K.MIGRATION_AGENCY),
    Part("Migrationsverket, Region Syd", _K.MIGRATION_AGENCY),
    Part("Kvinnokliniken, Akademiska sjukhuset", _K.HEALTH_CARE),
    Part("Vårdcentralen Centrum, Kiruna", _K.HEALTH_CARE),
    Part("Akutmottagningen, Östra sjukhuset", _K.HEALTH_CARE),
    Part("Mikamottagningen Stockholm", _K.MIKA, "0180"),
    Part("Evonhuset Malmö", _K.MIKA, "1280"),
    Part("Plattformen Civila Sverige mot människohandel", _K.NGO_PLATFORM),
    Part("Stödföreningen Fjärilen (påhittad)", _K.NGO_PLATFORM),
    Part("Skyddat boende Lyktan (påhittat)", _K.SHELTER),
    Part("Arbetsmiljöverket, Region Nord", _K.WORK_ENVIRONMENT_AUTHORITY),
    Part("Arbetsmiljöverket, Region Syd", _K.WORK_ENVIRONMENT_AUTHORITY),
    Part("Skatteverket, skattekontoret", _K.TAX_AGENCY),
    Part("Kriminalvården, häktet Sollentuna", _K.PRISON_PROBATION),
    Part("Elevhälsan, Björkskolan (påhittad)", _K.SCHOOL, "0181"),
    Part("Advokatbyrån Norrsken (påhittad)", _K.VICTIM_COUNSEL),
    Part("Gode män Uppsala", _K.GUARDIAN, "0380"),
    Part("Överförmyndarnämnden Uppsala", _K.CHIEF_GUARDIAN, "0380"),
    Part("IOM Finland", _K.IOM),
)

_C, _RC, _NC = Role.CASEWORKER, Role.REGIONAL_COORDINATOR, Role.NATIONAL_COORDINATOR
PLAYERS: Final = (
    Player("Karin Holm", _RC, desk="mitt"),
    Player("Jonas Ek", _RC, desk="mitt"),
    Player("Amina Yusuf", _RC, desk="stockholm-adults"),
    Player("Elsa Lindqvist", _RC, desk="stockholm-children"),
    Player("Petter Dahl", _RC, desk="bergslagen"),
    Player("Maria Sköld", _RC, desk="ost"),
    Player("Leila Haddad", _RC, desk="vast"),
    Player("Olof Bergman", _RC, desk="vast"),
    Player("Sara Nyström", _RC, desk="syd"),
    Player("Viktor Lund", _RC, desk="syd"),
    Player("Inga Kero", _RC, desk="nord"),
    Player("Helena Forsberg", _NC, agency="national", desk="national", manager=True),
    Player("Daniel Åkesson", _NC, agency="national", desk="national"),
    Player("Nina Palm", Role.HOTLINE_OPERATOR, agency="national"),
    Player("Bengt Lur", Role.HOTLINE_OPERATOR, agency="national"),
    Player("Anders Admin", Role.ADMINISTRATOR, agency="national"),
    Player("Greta Granskare", Role.AUDITOR, agency="national"),
    Player("Dora Dataskydd", Role.DATA_PROTECTION_OFFICER, agency="national"),
    Player("David Dataskydd", Role.DATA_PROTECTION_OFFICER, agency="national"),
    Player("Fatima Berg", _C, "Socialtjänsten Uppsala, vuxna", second=(_C, "Socialjouren Uppsala")),
    Player("Lars Chef", _C, "Socialtjänsten Uppsala, vuxna", manager=True),
    Player("Ulla Administratör", Role.ADMINISTRATOR, "Socialtjänsten Uppsala, vuxna"),
    Player("Erik Sand", _C, "Socialtjänsten Umeå, vuxna", manager=True),
    Player("Hanna Vik", _C, "Socialtjänsten Malmö, vuxna", manager=True),
    Player("Malin Ros", _C, "Socialtjänsten Göteborg, vuxna", manager=True),
    Player("Tove Ahl", _C, "Socialtjänsten Norrköping, vuxna", manager=True),
    Player("Ali Karimi", _C, "Socialtjänsten Örebro, vuxna", manager=True),
    Player("Ylva Stark", _C, "Socialförvaltningen Stockholm, vuxna", manager=True),
    Player("Per Glad", _C, "Socialtjänsten Lund, vuxna", manager=True),
    Player("Moa Kvist", _C, "Socialtjänsten Södertälje, barn och unga", manager=True),
    Player("Rut Alm", _C, "Socialtjänsten Gävle, barn och unga", manager=True),
    Player("Kim Sjö", _C, "Socialtjänsten Göteborg, barn och unga", manager=True),
    Player("Ida Frost", _C, "Socialtjänsten Malmö, barn och unga", manager=True),
    Player("Jens Natt", _C, "Socialjouren Uppsala", manager=True),
    Player("Stina Jour", _C, "Socialjouren Malmö", manager=True),
    Player("Oskar Gräns", _C, "Polisen, gränspolisen Arlanda", manager=True),
    Player("Linn Modig", _C, "Polisen, polisregion Mitt", manager=True),
    Player("Nils Fjäll", _C, "Polisen, polisregion Nord", manager=True),
    Player("Emma Brink", _C, "Polisen, polisregion Syd", manager=True),
    Player("Max Strand", _C, "Polisen, polisregion Väst", manager=True),
    Player("Åsa Lag", _C, "Åklagarmyndigheten, riksenheten", manager=True),
    Player("Sami Niemi", _C, "Migrationsverket, Region Mitt", manager=True),
    Player("Vera Kust", _C, "Migrationsverket, Region Syd", manager=True),
    Player("Disa Omsorg", _C, "Kvinnokliniken, Akademiska sjukhuset", manager=True),
    Player("Ante Norr", _C, "Vårdcentralen Centrum, Kiruna", manager=True),
    Player("Tilda Akut", _C, "Akutmottagningen, Östra sjukhuset", manager=True),
    Player("Mira Stöd", _C, "Mikamottagningen Stockholm", manager=True),
    Player("Eva Hus", _C, "Evonhuset Malmö", manager=True),
    Player("Cilla Plattform", _C, "Plattformen Civila Sverige mot människohandel", manager=True),
    Player("Bo Vänlig", _C, "Stödföreningen Fjärilen (påhittad)", manager=True),
    Player("Tora Trygg", _C, "Skyddat boende Lyktan (påhittat)", manager=True),
    Player("Gun Tillsyn", _C, "Arbetsmiljöverket, Region Nord", manager=True),
    Player("Roy Kontroll", _C, "Arbetsmiljöverket, Region Syd", manager=True),
    Player("Siv Skatt", _C, "Skatteverket, skattekontoret", manager=True),
    Player("Kjell Vakt", _C, "Kriminalvården, häktet Sollentuna", manager=True),
    Player("Lotta Kurator", _C, "Elevhälsan, Björkskolan (påhittad)", manager=True),
    Player("Ebba Advokat", _C, "Advokatbyrån Norrsken (påhittad)", manager=True),
    Player("Gustav God", _C, "Gode män Uppsala", manager=True),
    Player("Örjan Över", _C, "Överförmyndarnämnden Uppsala", manager=True),
    Player("Aino Korhonen", _C, "IOM Finland", manager=True),
)
