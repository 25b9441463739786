"""How the platform behaves where its behaviour is a matter of period, environment or nobody's knowledge."""
import dataclasses
import datetime


@dataclasses.dataclass
class Profile:
    """README.md has the table with what is known of each. Changed at any time, it holds for the next request."""
    reject_duplicates: bool = False            # a second ImagingStudy of one organization, accession and StudyInstanceUID
    strict_utc: bool = False                   # `started` must end in +00:00
    accept_date_only: bool = True              # `started` without a time
    require_started: bool = False
    date_floor: str = "2014-06-03"             # `started` before this day is refused
    check_subject: bool = False                # the ImagingStudy's subject must be its order's
    check_content: bool = True                 # empty texts and lists, missing elements, systems of codings
    require_imagingstudy_header: bool = False  # X-ImagingStudy-ID must name an ImagingStudy
    max_body: int = 0                          # bytes of one request's body, 0: any
    unauthorized_body: str = "operationoutcome"  # or "apigee"
    token_ttl_s: int = 3599
    index_lag_s: float = 0.0                   # a created resource is hidden from searches for so long…
    index_lag_searches: int = 0                # …and from so many searches that would have found it
    clock_offset_s: float = 0.0                # of the header Date, and of a Retry-After that is a date
    bytes_per_s: int = 0                       # of the link, which all connections share, in each direction; 0: no limit
    miss_entry: str = "list"                   # a Bundle without a hit has `entry` as an empty "list", or it is "missing"
    entry_search_mode: bool = False            # a Bundle's entries have `search.mode`
    foreign_search: str = "empty"              # a search with another organization's system; or "forbidden", or "open"
    stow_body: str = "object"                  # of the DICOM JSON answers; or "array", or "empty" where all was stored
    idle_timeout_s: float = 65.0               # a kept connection without a request is closed after this

    choices = {"unauthorized_body": ("operationoutcome", "apigee"), "miss_entry": ("list", "missing"),
               "foreign_search": ("empty", "forbidden", "open"), "stow_body": ("object", "array", "empty")}

    def change(self, values):
        """Takes all of `values`, or none. Throws ValueError on a name or value that there isn't."""
        taken = {name: self.checked(name, value) for name, value in values.items()}
        for name, value in taken.items():
            setattr(self, name, value)

    def checked(self, name, value):
        kinds = {field.name: field.type for field in dataclasses.fields(self)}
        if name not in kinds:
            raise ValueError("there is no profile setting %r; there are %s" % (name, ", ".join(sorted(kinds))))
        kind = kinds[name]
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind or (kind in (int, float) and name != "clock_offset_s" and not 0 <= value < 1e12):
            raise ValueError("%s is a %s, not %r" % (name, kind.__name__, value))
        if value not in self.choices.get(name, (value,)):
            raise ValueError("%s is one of %s" % (name, ", ".join(self.choices[name])))
        if name == "date_floor":
            datetime.date.fromisoformat(value)
        return value

    def values(self):
        return dataclasses.asdict(self)


PRESETS = {
    "lenient": {},
    # All that has been said to be enforced, or to become so.
    "strict": {"reject_duplicates": True, "strict_utc": True, "accept_date_only": False, "require_started": True,
               "date_floor": "2022-08-31", "check_subject": True, "require_imagingstudy_header": True,
               "foreign_search": "forbidden", "miss_entry": "missing"},
}


def profile_of(wanted):
    """Of a preset's name, a dictionary (with `preset` as one of its names, if so wished), or nothing."""
    values = dict(preset=wanted) if isinstance(wanted, str) else dict(wanted or {})
    name = values.pop("preset", "lenient")
    if name not in PRESETS:
        raise ValueError("there is no preset %r; there are %s" % (name, ", ".join(PRESETS)))
    profile = Profile()
    profile.change(PRESETS[name] | values)
    return profile
