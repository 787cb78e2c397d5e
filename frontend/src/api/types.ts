/** Short names for the shapes of the admin API, which are generated from its OpenAPI document. */
import type { components, operations } from "./schema.gen";

type Schemas = components["schemas"];

export type State = Schemas["State"];
export type ProxyState = State["proxy"];
export type Notice = Schemas["Notice"];
export type ConfigProblem = Schemas["Problem"];
export type LiveEvent = Schemas["Event"];

export type RequestRecord = Schemas["Record"];
export type RequestPage = Schemas["RequestList"];
export type RequestDetail = Schemas["RequestDetail"];
export type Bodies = Schemas["Bodies"];
export type Attempt = Schemas["Attempt"];
export type Timing = Schemas["Timing"];
export type Outcome = RequestRecord["outcome"];
export type InFlight = Schemas["InFlight"];
export type RequestQuery = NonNullable<operations["list-requests"]["parameters"]["query"]>;

export type Usage = Schemas["Usage"];
export type Totals = Schemas["Totals"];
export type Row = Schemas["Row"];
export type SeriesSet = Schemas["Chart"];
export type SeriesLine = Schemas["SeriesColumn"];
export type UsageFilter = NonNullable<operations["get-totals"]["parameters"]["query"]>;
export type GroupBy = NonNullable<operations["get-breakdown"]["parameters"]["query"]>["by"];

export type ModelView = Schemas["ModelView"];
export type ModelInput = Schemas["ModelInput"];
export type ProviderView = Schemas["ProviderView"];
export type ProviderInput = Schemas["ProviderInput"];
export type ProviderKey = Schemas["ProviderKey"];
export type ProviderKeyInput = Schemas["ProviderKeyInput"];
export type ProviderTrial = Schemas["ProviderTrial"];
export type ProviderModel = Schemas["ProviderModel"];
export type CatalogEntry = Schemas["CatalogEntry"];
export type Endpoint = Schemas["EndpointView"];
export type Dialect = Endpoint["dialect"];
export type KeyState = ProviderView["key"];
export type Keys = Schemas["KeysView"];
export type Step = Schemas["Step"];
export type TestResult = Schemas["TestResult"];

export type Setting = Schemas["SettingView"];
export type Settings = Schemas["SettingList"];
export type ConfigView = Schemas["ConfigView"];
export type Check = Schemas["Check"];
export type Place = Schemas["Place"];
export type StoreSize = Schemas["Size"];

export type Routing = Schemas["RoutingView"];
export type RouteView = Schemas["RouteView"];
export type RouteInput = Schemas["RouteInput"];
export type Stage = Schemas["StageView"];
export type MemberView = Schemas["MemberView"];
export type MemberInput = Schemas["MemberInput"];
export type TargetState = Schemas["TargetState"];
export type FallbackPair = Schemas["FallbackPair"];
export type Queue = Schemas["QueueView"];
export type Waiter = Schemas["Waiter"];
export type SlotUse = Schemas["SlotUse"];
export type LimitState = Schemas["LimitState"];
export type LimitLevel = Schemas["LimitLevel"];
