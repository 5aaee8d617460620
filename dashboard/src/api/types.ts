// SPDX-License-Identifier: Apache-2.0
// Written by `python -m development.page.api_types` from /v1/openapi.json. Do not edit.

export interface ActView {
  entry: number;
  at: string;
  by: string | null;
  organisation: string;
  comment: string | null;
}

export interface AgreedView {
  level: "green" | "yellow" | "orange" | "red";
  text: string;
  organisation: string;
  zones: readonly string[];
}

export interface AlarmView {
  id: number;
  version: number;
  kind: string;
  about: string;
  zone: string;
  level: "green" | "yellow" | "orange" | "red";
  severity: number;
  members: readonly string[];
  raised_at: string;
  changed_at: string;
  ended_at: string | null;
  acknowledged: ActView | null;
  assigned: ActView | null;
  assigned_to: string | null;
  assigned_person: string | null;
  shelved: ActView | null;
  shelved_until: string | null;
}

export interface AlarmsView {
  site: string;
  alarms: readonly AlarmView[];
}

export type Apart =
  | "superseded"
  | "in the future"
  | "before enrolment"
  | "impossible level"
  | "impossible sequence"
  | "unknown name"
  | "impossible count";

export interface AuditView {
  serial: string;
  auditor: string;
  began_at: string;
  imported_at: string;
  level: string | null;
  as_root: boolean;
  running: boolean;
  network_camera: boolean;
  replaced: readonly string[];
  attacks: number;
  refused: number;
  controls: number;
  classes: number;
  fell: readonly string[];
  unproven: readonly string[];
  unexpected: number;
  ledger: string | null;
  capacity_bits: number | null;
  changed: readonly Changed[];
}

export type Basis =
  | "counted"
  | "by flow"
  | "usual";

export interface BoxHealthView {
  temperature: number;
  disk: number;
  outbox: number;
  link: number;
}

export interface BrokerView {
  state: string;
  detail: string;
  since: string;
}

export type Carrier =
  | "report"
  | "meta";

export interface CertificateDaysView {
  ends: string;
  days_left: number;
}

export interface CertificateView {
  ends: string;
  days_left: number;
  name: string;
}

export type Changed =
  | "software"
  | "config"
  | "model"
  | "box"
  | "level";

export type Condition =
  | "fine"
  | "degraded";

export interface ContributionView {
  sensor: string;
  trust: TrustClass | null;
  privacy_colour: string | null;
  weight: number;
  age_s: number | null;
  condition: SensorCondition;
  since: string | null;
}

export interface ControlEntryView {
  id: number;
  at: string;
  real_at: string;
  actor: string;
  organisation: string;
  deed: string;
  detail: string;
}

export interface DayAheadView {
  zone: string;
  day: string;
  basis: string;
  people: number | null;
  low: number | null;
  high: number | null;
  level: "green" | "yellow" | "orange" | "red" | null;
  weeks: number;
}

export interface DebriefView {
  site: string;
  site_version: number;
  time_zone: string;
  begins: string;
  ends: string;
  exercise: string | null;
  step_s: number;
  knows_truth: boolean;
  has_forecasts: boolean;
  zones: readonly ZoneDebriefView[];
  alarms: readonly PastAlarmView[];
  notes: readonly PastActView[];
  control: readonly ControlEntryView[];
}

export type DeviceEvent =
  | "enrolled"
  | "renamed"
  | "replaced"
  | "retired"
  | "reinstated"
  | "lost"
  | "found";

export interface DeviceEventView {
  at: string;
  event: DeviceEvent;
  detail: string;
}

export interface DeviceView {
  site: string;
  device: string;
  test_site: boolean;
  added_at: string;
  last_seen_at: string | null;
  reports: number;
  late_reports: number;
  missing: number;
  link: LinkView;
  link_at: string | null;
  lost_at: string | null;
  level: string | null;
  stream: StreamView | null;
  ledger: LedgerView | null;
  last_window: WindowView | null;
  meta: MetaView | null;
  retired_at: string | null;
  key: string;
  former_names: readonly string[];
  history: readonly DeviceEventView[];
  certificate: CertificateDaysView | null;
}

export interface DrawnCounterView {
  line: string | null;
  zone: string | null;
  at_zone: string | null;
  at_link: string | null;
}

export interface DrawnDeviceView {
  device: string;
  trust: TrustClass;
  counters: readonly DrawnCounterView[];
}

export interface DrawnSiteView {
  site: string;
  name: string;
  time_zone: string;
  zones: readonly DrawnZoneView[];
  devices: readonly DrawnDeviceView[];
}

export interface DrawnZoneView {
  zone: string;
  name: string;
  usable_m2: number;
  capacity: number;
  thresholds: readonly fusion_service__web__picture__drawn_view__ThresholdView[];
}

export interface EntryTextView {
  field: string;
  content: string | null;
  erased_at: string | null;
  erased_by: string | null;
}

export interface EntryView {
  id: number;
  at: string;
  actor: string;
  action: string;
  outcome: string;
  object: string;
  organisation: string;
  retention: string;
  hash: string;
  texts: readonly EntryTextView[];
}

export interface ExerciseView {
  scenario: string;
  text: string;
  site: string;
  begins: string;
  ends: string;
  now: string;
  pace: "running" | "paused" | "jumping" | "over";
  speed: number | null;
  speed_max: number;
  next_line: string | null;
  lines: readonly ScriptLineView[];
  log: readonly ControlEntryView[];
}

export interface FieldView {
  carrier: Carrier;
  path: string;
  form: Form;
  low: number | null;
  high: number | null;
  words: readonly string[];
  withheld: boolean;
  of_list: number | null;
}

export interface ForecastBeforeView {
  moment: string;
  level: "green" | "yellow" | "orange" | "red" | null;
  ahead_s: number;
  made: string;
  step: string;
  step_s: number;
  low: number;
  middle: number;
  high: number;
}

export interface ForecastView {
  site: string;
  time_zone: string;
  next_hour: SpanView | null;
  next_week: SpanView | null;
}

export type Form =
  | "whole number"
  | "name or hash"
  | "one of these words";

export interface GapView {
  site: string;
  device: string;
  stream: string;
  first: number;
  last: number;
  missing: number;
  since: string;
}

export interface HandoverView {
  site: string;
  version: number;
  open_alarms: number;
  unacknowledged: number;
  shelved: number;
  measures_open: number;
  levels: readonly WordView[];
  handed_over: ActView | null;
  taken_over: ActView | null;
}

export interface HealthView {
  condition: Condition;
  boot: string;
  started_at: string;
  broker: BrokerView;
  store: StoreView;
  inbox_depth: number;
  inbox_max: number;
  certificates: readonly CertificateView[];
  outlets: readonly OutletView[];
  access: string;
  forecast: string;
  exercise: string | null;
}

export interface ImageQualityView {
  code: number;
  observed: number;
  rate: number;
  difficulty: number;
}

export interface InsideView {
  last_seen_at: string | null;
  link: LinkView;
  key: string;
  certificate: CertificateDaysView | null;
  refused: readonly RefusedView[];
  gaps: readonly GapView[];
  history: readonly DeviceEventView[];
  auditors: readonly string[];
}

export interface KeptView {
  report_days: number;
  estimate_days: number;
  dead_letter_days: number;
}

export type LedgerState =
  | "fork"
  | "broken history"
  | "differs"
  | "withheld by the box"
  | "missing"
  | "lost at the centre"
  | "unknown"
  | "complete";

export interface LedgerView {
  state: LedgerState;
  stream: string;
  size: number;
  held: number;
  first: number | null;
  last: number | null;
  detail: string;
  checkpoint: string | null;
}

export interface LevelSaidView {
  level: "green" | "yellow" | "orange" | "red";
  reasons: readonly string[];
  expected: string | null;
  act: PastActView;
}

export interface LevelsView {
  site: string;
  declared: "green" | "yellow" | "orange" | "red";
  zones: readonly ZoneLevelView[];
  routes: readonly RouteLevelView[];
}

export interface LineStringView {
  type: "LineString";
  coordinates: readonly (readonly [number, number])[];
}

export interface LineView {
  line: string;
  in_count: number | null;
  out_count: number | null;
  in_low: number | null;
  in_high: number | null;
  out_low: number | null;
  out_high: number | null;
}

export type LinkView =
  | "online"
  | "offline"
  | "unknown";

export interface LossView {
  missing: number;
  why: Why;
  since: string;
}

export interface MapDeviceView {
  kind: "device";
  device: string;
  trust: TrustClass;
  height_m: number | null;
  bearing_deg: number | null;
  zones: readonly string[];
  lines: readonly MapLineView[];
}

export interface MapFeatureView {
  type: "Feature";
  id: string;
  geometry: PolygonView | LineStringView | PointView | null;
  properties: MapZoneView | MapLinkView | MapRouteView | MapDeviceView;
}

export interface MapLineView {
  line: string;
  link: string;
  in_toward: string | null;
}

export interface MapLinkView {
  kind: "link";
  link: string;
  from_zone: string | null;
  to_zone: string | null;
  width_m: number;
}

export interface MapRouteView {
  kind: "route";
  route: string;
  name: string;
  width_m: number;
}

export interface MapView {
  type: "FeatureCollection";
  features: readonly MapFeatureView[];
  has_buildings: boolean;
}

export interface MapZoneView {
  kind: "zone";
  zone: string;
  name: string;
}

export interface MeasureView {
  zone: string;
  measure: string;
  version: number;
  level: "green" | "yellow" | "orange" | "red";
  text: string;
  organisation: string;
  is_done: boolean;
  said: ActView | null;
}

export interface MeasuresView {
  site: string;
  measures: readonly MeasureView[];
  agreed: readonly AgreedView[];
}

export interface MetaView {
  boot: string;
  software: string;
  model: string;
  model_sha256: string;
  config_sha256: string;
  level: string;
  clock: string;
  length_s: number;
  rule: string;
  rule_parameters: readonly number[];
  records_millibits: number;
  health_millibits: number;
  cap_millibits: number | null;
  passage_s: number | null;
  passage_loss_permille: number | null;
  eight_hours_loss_permille: number | null;
  lines: readonly NamedLineView[];
  zones: readonly NamedCountView[];
}

export interface MomentView {
  site: string;
  at: string;
  known_by: string | null;
  zones: readonly ZoneEstimateView[];
}

export interface NamedCountView {
  id: string;
  count_max: number;
  count_max_configured: number | null;
  source: Source;
}

export interface NamedLineView {
  id: string;
  count_max: number;
  count_max_configured: number | null;
  source: Source;
  trust: Trust;
  bias_permille: number | null;
  spread_permille: number | null;
}

export interface OfficerBoxView {
  site: string;
  device: string;
  test_site: boolean;
  is_public: boolean;
  lost_at: string | null;
  retired_at: string | null;
  level: string | null;
  meta: MetaView | null;
  fields: readonly FieldView[];
  ledger: OfficerLedgerView | null;
  sent: SentView;
  losses: readonly LossView[];
  kept: KeptView;
  audit: AuditView | null;
  inside: InsideView | null;
}

export interface OfficerLedgerView {
  state: LedgerState;
  size: number;
  first: number | null;
  last: number | null;
}

export interface OfficerRowView {
  device: string;
  retired: boolean;
  level: string | null;
  rule: string | null;
  passage_loss_permille: number | null;
  ledger: LedgerState | null;
  missing: number;
  audit: AuditView | null;
}

export interface OfficerSiteView {
  site: string;
  is_public: boolean;
  auditors: readonly string[];
  boxes: readonly OfficerRowView[];
}

export interface OutletView {
  name: string;
  condition: Condition;
  detail: string;
  since: string | null;
  waiting: number;
  oldest_at: string | null;
}

export interface OutlookView {
  site: string;
  at: string;
  days: readonly DayAheadView[];
}

export interface PageOfDeviceView {
  items: readonly DeviceView[];
  next: string | null;
}

export interface PageOfEntryView {
  items: readonly EntryView[];
  next: string | null;
}

export interface PageOfShiftEntryView {
  items: readonly ShiftEntryView[];
  next: string | null;
}

export interface PastActView {
  at: string;
  deed: string;
  who: string | null;
  comment: string | null;
  zone: string;
}

export interface PastAlarmView {
  id: number;
  kind: string;
  about: string;
  members: readonly string[];
  level: "green" | "yellow" | "orange" | "red";
  severity: number;
  raised: string;
  ended: string | null;
  acts: readonly PastActView[];
}

export interface PastMeasureView {
  measure: string;
  text: string | null;
  is_done: boolean;
  act: PastActView;
}

export interface PastMomentView {
  at: string;
  truth: number | null;
  shown: ShownView | null;
  proposed: "green" | "yellow" | "orange" | "red";
  declared: "green" | "yellow" | "orange" | "red";
}

export interface PeakView {
  day: string;
  at: string;
  people: number;
  low: number;
  high: number;
  level: "green" | "yellow" | "orange" | "red";
}

export interface PointView {
  type: "Point";
  coordinates: readonly [number, number];
}

export interface PolygonView {
  type: "Polygon";
  coordinates: readonly (readonly (readonly [number, number])[])[];
}

export interface ProposedView {
  level: "green" | "yellow" | "orange" | "red";
  since: string;
  reasons: readonly string[];
  low: "green" | "yellow" | "orange" | "red";
  high: "green" | "yellow" | "orange" | "red";
  straddles: boolean;
  expected: "green" | "yellow" | "orange" | "red" | null;
  expected_at: string | null;
  service: string;
  safety: string;
}

export interface QuantilesView {
  low: readonly (number | null)[];
  middle: readonly (number | null)[];
  high: readonly (number | null)[];
}

export interface ReachedView {
  level: "green" | "yellow" | "orange" | "red";
  true: string | null;
  shown: string | null;
  proposed: string | null;
  declared: string | null;
  proposed_lead_s: number | null;
  declared_lead_s: number | null;
}

export interface RefusedView {
  channel: string;
  authentic: boolean;
  times: number;
}

export interface RouteLevelView {
  route: string;
  name: string;
  level: "green" | "yellow" | "orange" | "red";
  high: "green" | "yellow" | "orange" | "red";
  zone: string;
  density: number;
  people: number;
  clearance_s: number;
  clearance_high_s: number;
  known_m: number;
}

export interface ScriptLineView {
  line: number;
  kind: string;
  state: "to come" | "under way" | "over" | "left out";
  at: string;
  until: string | null;
  by_hand: boolean;
  zones: readonly string[];
  links: readonly string[];
  devices: readonly string[];
  to: string | null;
  factor: number;
  people: number;
  text: string;
}

export type SensorCondition =
  | "fine"
  | "lower bound"
  | "not counting"
  | "silent"
  | "stuck"
  | "conflicting"
  | "in doubt"
  | "learning";

export interface SentView {
  reports: number;
  late: number;
  others: number;
  checkpoints: number;
  missing: number;
}

export interface SessionView {
  name: string;
  is_person: boolean;
  role: string;
  rights: readonly string[];
  scope: readonly string[];
  organisation: string;
  language: string;
  page_token: string | null;
}

export interface ShiftEntryView {
  id: number;
  at: string;
  deed: string;
  zone: string;
  alarm: number | null;
  actor: string;
  organisation: string;
  detail: readonly WordView[];
  texts: readonly EntryTextView[];
  hash: string;
}

export interface ShownView {
  at: string;
  people: number;
  low_80: number;
  high_80: number;
  condition: string;
  is_counted: boolean;
}

export interface SiteNowView {
  site: string;
  known_at: string | null;
  zones: readonly ZoneEstimateView[];
}

export interface SitesNowView {
  sites: readonly SiteNowView[];
}

export type Source =
  | "camera"
  | "thermal"
  | "radar"
  | "beam"
  | "counter";

export interface SpanView {
  origin: string;
  made_at: string;
  step_s: number;
  version: number | null;
  missing: readonly string[];
  starts: readonly string[];
  zones: readonly ZoneForecastView[];
}

export interface StoreView {
  condition: Condition;
  detail: string;
}

export interface StreamView {
  stream: string;
  upto: number;
  rejected: number;
  root: string | null;
}

export type Trust =
  | "calibrated"
  | "uncalibrated";

export type TrustClass =
  | "box"
  | "counter"
  | "person";

export type Validity =
  | "counted"
  | "at least"
  | "not counted";

export type Why =
  | "the store was restored"
  | "acknowledged before"
  | "gone on by hand"
  | "withheld by the box";

export interface WindowView {
  id: number;
  site: string;
  device: string;
  stream: string;
  sequence: number;
  start: string;
  length_s: number;
  received_at: string;
  committed_at: string | null;
  late: boolean;
  superseded: boolean;
  set_apart: Apart | null;
  overlaps: string | null;
  boot: string | null;
  level: string;
  clock: string;
  clock_quality: string;
  config_sha256: string;
  rule: string;
  rule_parameters: readonly number[];
  image_quality: ImageQualityView;
  validity: Validity;
  health: BoxHealthView;
  lines: readonly LineView[];
  zones: readonly ZoneView[];
}

export interface WordView {
  name: string;
  value: string;
}

export type ZoneCondition =
  | "fine"
  | "lower bound"
  | "conflict"
  | "stale"
  | "learning";

export interface ZoneDebriefView {
  zone: string;
  name: string;
  thresholds: readonly fusion_service__web__exercise__debrief_views__ThresholdView[];
  moments: readonly PastMomentView[];
  proposed: readonly LevelSaidView[];
  declared: readonly LevelSaidView[];
  alarms: readonly PastAlarmView[];
  measures: readonly PastMeasureView[];
  reached: readonly ReachedView[];
  forecasts: readonly ForecastBeforeView[];
}

export interface ZoneEstimateView {
  zone: string;
  at: string;
  known_at: string;
  counted_at: string | null;
  people: number;
  low_50: number;
  high_50: number;
  low_80: number;
  high_80: number;
  low_95: number;
  high_95: number;
  density: number;
  trend: number;
  basis: Basis;
  condition: ZoneCondition;
  level: string | null;
  contributions: readonly ContributionView[];
}

export interface ZoneForecastView {
  zone: string;
  by: "trees" | "ratio model";
  quantiles: QuantilesView;
  naive: readonly (number | null)[];
  undisturbed: QuantilesView | null;
  peaks: readonly PeakView[];
}

export interface ZoneLevelView {
  zone: string;
  name: string;
  version: number;
  declared: "green" | "yellow" | "orange" | "red";
  declaration: ActView | null;
  proposed: ProposedView | null;
  flow: number | null;
}

export interface ZoneView {
  zone: string;
  mean: number | null;
  peak: number | null;
  speed: number;
  standing: number;
  mean_low: number | null;
  mean_high: number | null;
  peak_low: number | null;
  peak_high: number | null;
}

export interface fusion_service__web__exercise__debrief_views__ThresholdView {
  level: "green" | "yellow" | "orange" | "red";
  people: number;
}

export interface fusion_service__web__picture__drawn_view__ThresholdView {
  level: string;
  people: number | null;
  density: number | null;
}

/** What GET answers with, by its path under /v1. */
export interface Answers {
  "/access/entries": PageOfEntryView;
  "/devices": PageOfDeviceView;
  "/devices/{site}/{device}": DeviceView;
  "/exercise": ExerciseView;
  "/health": HealthView;
  "/latest": SitesNowView;
  "/officer/{site}": OfficerSiteView;
  "/officer/{site}/{device}": OfficerBoxView;
  "/session": SessionView;
  "/sites/{site}": DrawnSiteView;
  "/sites/{site}/alarms": AlarmsView;
  "/sites/{site}/debrief": DebriefView;
  "/sites/{site}/forecast": ForecastView;
  "/sites/{site}/handover": HandoverView;
  "/sites/{site}/latest": SiteNowView;
  "/sites/{site}/levels": LevelsView;
  "/sites/{site}/log": PageOfShiftEntryView;
  "/sites/{site}/map.geojson": MapView;
  "/sites/{site}/measures": MeasuresView;
  "/sites/{site}/moment": MomentView;
  "/sites/{site}/outlook": OutlookView;
}
