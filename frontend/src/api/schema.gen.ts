// Generated from docs/openapi.json by "npm run gen". Do not edit.

export interface paths {
    "/api/catalog": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Providers that come with the program
         * @description What can be picked from; nothing of it is in use until it is added.
         */
        get: operations["get-catalog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The user's file as it is on disk
         * @description Also when it is broken: problems then says where.
         */
        get: operations["get-config"];
        /**
         * Replace the user's file
         * @description A file with problems is a 422 with each of them, and nothing changes.
         */
        put: operations["replace-config"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/config/reload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Read the files again
         * @description They are watched, so this is needed only where watching does not work, such as some network folders.
         */
        post: operations["reload-config"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/doctor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Health check
         * @description What works, what is missing and how to get it.
         */
        get: operations["run-doctor"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happens, as it happens
         * @description Server-Sent Events. The event name is the type of the Event in its data: state first, then state, request, inflight, config, routing and queue as they happen; inflight, routing and queue at most twice a second each. A comment every 15 seconds keeps the connection open. A reader that is too slow loses events and is told to read anew by one of type config. Over the model listener the stream ends when that stops.
         */
        get: operations["stream-events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/inflight": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Requests that have not ended
         * @description Changes arrive as inflight events.
         */
        get: operations["list-in-flight"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Names of the keys in the keychain
         * @description With what uses them, and with names that are used but not there.
         */
        get: operations["list-keys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/keys/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Put a key into the keychain
         * @description The configuration refers to it as keyring:NAME; what refers to it already works at once.
         */
        put: operations["set-key"];
        post?: never;
        /**
         * Remove a key from the keychain
         * @description What refers to it has no key from then on.
         */
        delete: operations["remove-key"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How much of each limit is used
         * @description Requests and tokens of the last 60 seconds, and tokens since midnight, local time.
         */
        get: operations["list-limits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/login-link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a link that lets a browser in
         * @description It works once, for five minutes. 409 while the proxy is stopped, because a browser reaches this program through it.
         */
        post: operations["make-login-link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End this browser's session
         * @description Clears the cookie and forgets the session.
         */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Models that clients may ask for
         * @description With their inheritance and provider applied; yaml is the entry as it stands in the file.
         */
        get: operations["list-models"];
        put?: never;
        /**
         * Add a model
         * @description Either fields or yaml, the whole entry. The name must be free.
         */
        post: operations["add-model"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/models/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change or rename a model
         * @description Fields that are left out stay as they are. Another name in the body renames it, with the fallbacks that refer to it. A model of the built-in defaults is a 409: copy it and change the copy.
         */
        put: operations["change-model"];
        post?: never;
        /**
         * Remove a model
         * @description Takes its own fallbacks with it, and takes it off those of others. A model that extends it is left with its own settings.
         */
        delete: operations["remove-model"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/models/{name}/copy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Copy a model
         * @description The copy is in the user's own file and can be changed.
         */
        post: operations["copy-model"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/models/{name}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Test a model
         * @description Follows the way to its provider step by step and ends with a very small chat, which the provider may bill.
         */
        post: operations["test-model"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/places": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Folders and files a person may want to open
         * @description The configuration file, the data folder and the log folder.
         */
        get: operations["list-places"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/places/{name}/open": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open one of them on this computer
         * @description With the program the desktop has for it. 409 where there is no desktop.
         */
        post: operations["open-place"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Configured providers
         * @description Where their keys are, never what they are.
         */
        get: operations["list-providers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/providers/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Test a provider before saving it
         * @description Names the step that fails: DNS, TCP, TLS, key, model list. Nothing is saved and the key is forgotten.
         */
        post: operations["try-provider"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/providers/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Add or replace a provider
         * @description A key goes to the keychain and only keyring:NAME into the file. Without a keychain the answer is a 409 whose type is urn:yallmproxy:no-keychain; the same call with key_store env then writes the key to .env_added beside the file, mode 0600.
         */
        put: operations["put-provider"];
        post?: never;
        /**
         * Remove a provider
         * @description Its key stays in the keychain. While models use it the answer is a 409 that names them.
         */
        delete: operations["remove-provider"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/providers/{name}/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The provider's own model list
         * @description Asked for at the provider now.
         */
        get: operations["list-provider-models"];
        put?: never;
        /**
         * Add many models of a provider
         * @description In one change of the file: all or none.
         */
        post: operations["add-provider-models"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/providers/{name}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Test a configured provider
         * @description The same steps with the saved key.
         */
        post: operations["test-provider"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/proxy/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start the model listener
         * @description Binds the address before it answers. A port that is taken is a 409 that names who holds it and offers a free one; nothing is ever killed. Starting what runs already changes nothing.
         */
        post: operations["start-proxy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/proxy/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop the model listener
         * @description Closes the listener at once and answers when the requests in flight have ended, or when the drain timeout has cut them. Over the model listener itself it answers at once, because this call is in flight too.
         */
        post: operations["stop-proxy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Requests that wait for their turn
         * @description What waits, since when and for which limit; and how much of each limit on requests at once is taken. Changes arrive as queue events.
         */
        get: operations["get-queue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/queue/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take a request out of the queue
         * @description Its client is answered with 429 and told why.
         */
        delete: operations["remove-from-queue"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/quit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End the program
         * @description Answers first, then lets requests in flight end, writes down what is left and goes.
         */
        post: operations["quit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Requests, newest first
         * @description Pages by id: pass next as before. Records of requests that have just ended appear within a quarter of a second.
         */
        get: operations["list-requests"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/requests/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One request with its bodies
         * @description Bodies are kept for a limited time; the record stays.
         */
        get: operations["get-request"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/routing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where requests go, and how the targets are doing
         * @description A target is a backend with one of its keys. Changes of a target's status arrive as routing events. What is known of targets survives a reload, not a restart.
         */
        get: operations["get-routing"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/routing/clear": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask targets again at once
         * @description Closes their circuits and ends their pauses: of one backend, of one key, or of all. The counters stay.
         */
        post: operations["clear-targets"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/routing/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change where a name leads
         * @description Fields that are left out stay as they are; an empty list takes away. A name that does not exist becomes a group (with members) or a virtual name (with fallbacks). A target that does not exist, and a circle, are refused with 422.
         */
        put: operations["change-route"];
        post?: never;
        /**
         * Remove a group or a virtual name
         * @description With its fallbacks and its other names. While something else leads to it, that is a 409 which lists it, unless force is set. A model is removed as such.
         */
        delete: operations["remove-route"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every setting
         * @description With its value, its default and where the value comes from.
         */
        get: operations["list-settings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change settings
         * @description All of them or, when one is wrong, none.
         */
        patch: operations["change-settings"];
        trace?: never;
    };
    "/api/state": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The one glance
         * @description Whether the proxy is on, where it listens, and what needs a person.
         */
        get: operations["get-state"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/storage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Disk space of the records
         * @description Records are kept; bodies go by age and size, see the settings of group recording.
         */
        get: operations["get-storage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/usage/breakdown": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Sums for each value of a field
         * @description Which model, client or provider took how much.
         */
        get: operations["get-breakdown"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/usage/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Sums over time
         * @description In columns, ready for a chart, steps without requests included. Without since, the last 24 hours. At most 2000 steps.
         */
        get: operations["get-series"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/usage/totals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The sum of many requests
         * @description Times are in microseconds; an average over nothing is 0.
         */
        get: operations["get-totals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/usage/values": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Values a field has taken
         * @description What a filter can offer.
         */
        get: operations["list-values"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/window": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Show the window
         * @description Opens it, or brings the open one to the front. 409 where there is none to show.
         */
        post: operations["show-window"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AddModelsInputBody: {
            models: components["schemas"]["NewModel"][];
        };
        Attempt: {
            backend: string;
            dialect: string;
            /** @description Request fields that the backend's dialect cannot say and that were left out */
            dropped?: string;
            /**
             * Format: int64
             * @description Until its outcome was known
             */
            duration_us: number;
            /** @description Name of the key that was sent */
            key?: string;
            /** @description What went wrong; empty for the attempt that served */
            kind?: string;
            message?: string;
            provider: string;
            /** @description The connection was open already */
            reused: boolean;
            /** @description Why it was passed over; empty when it was asked */
            skipped?: string;
            /**
             * Format: int64
             * @description Microseconds after arrival
             */
            start_us: number;
            /**
             * Format: int64
             * @description Upstream status; 0 when it never answered
             */
            status: number;
            /**
             * Format: int64
             * @description Waited before it, for a pause or a slot
             */
            wait_us?: number;
            /**
             * @description Why this target was next; empty for the first choice
             * @enum {string}
             */
            why?: "affinity" | "retry" | "next_key" | "member" | "fallback" | "context_fallback" | "policy_fallback" | "degraded" | "last_resort" | "reworded";
        };
        Bodies: {
            request_body: string;
            /** @description The body was longer than what is kept */
            request_cut: boolean;
            /** @enum {string} */
            request_encoding: "text" | "base64";
            request_headers: {
                [key: string]: string[];
            };
            response_body: string;
            /** @description The body was longer than what is kept */
            response_cut: boolean;
            /** @enum {string} */
            response_encoding: "text" | "base64";
            response_headers: {
                [key: string]: string[];
            };
        };
        BreakdownOutput: {
            /** @description Most requests first */
            rows: components["schemas"]["Row"][];
        };
        Catalog: {
            providers: components["schemas"]["CatalogEntry"][];
        };
        CatalogEntry: {
            docs_url?: string;
            endpoints: components["schemas"]["Endpoint"][];
            /** @description What catalog: in a configuration file names */
            id: string;
            /** @description Environment variable that usually holds the key */
            key_env?: string;
            /** @description What a key looks like */
            key_hint?: string;
            /** @description Page where keys are made */
            key_url?: string;
            /**
             * @description custom: the user gives the address
             * @enum {string}
             */
            kind: "cloud" | "local" | "custom";
            /** @description Name for people */
            label: string;
            /** @description Path of the model list below the base */
            models_path?: string;
            needs_key: boolean;
            /**
             * Format: int64
             * @description Place in the catalogue, from 1
             */
            order: number;
            /** @description What the user fills into the bases */
            variables?: components["schemas"]["Variable"][];
        };
        Chart: {
            /** @description Most used first */
            series: components["schemas"]["SeriesColumn"][];
            /**
             * Format: date-time
             * @description Start of the first step
             */
            start: string;
            /**
             * Format: int64
             * @description Seconds of each step
             */
            step_s: number;
        };
        Check: {
            /** @description What works or what is missing */
            detail: string;
            /** @description How to get it */
            fix?: string;
            /** @enum {string} */
            name: "core" | "tray" | "keychain" | "webkit" | "port" | "targets" | "database" | "disk" | "config";
            /** @enum {string} */
            status: "ok" | "warning" | "failed";
        };
        CheckList: {
            checks: components["schemas"]["Check"][];
        };
        ClearOptions: {
            /**
             * @description Only targets of this backend
             * @example gpt-5
             */
            backend?: string;
            /** @description Only targets with the key of this name */
            key?: string;
        };
        ClearedTargets: {
            /**
             * Format: int64
             * @description Targets that were not ok
             */
            changed: number;
        };
        ConfigView: {
            etag: string;
            path: string;
            /** @description Empty when the file is good */
            problems: components["schemas"]["Problem"][];
            warnings: components["schemas"]["Problem"][];
            /** @description Keys written into the file are masked */
            yaml: string;
        };
        CopyInputBody: {
            /**
             * @description Name of the copy
             * @example gpt-5-cautious
             */
            name: string;
        };
        Endpoint: {
            base: string;
            /** @enum {string} */
            dialect: "openai" | "azure" | "responses" | "anthropic" | "gemini" | "ollama" | "passthrough";
        };
        EndpointView: {
            base: string;
            /** @enum {string} */
            dialect: "openai" | "azure" | "responses" | "anthropic" | "gemini" | "ollama" | "passthrough";
        };
        ErrorDetail: {
            /** @description Where the error occurred, e.g. 'body.items[3].tags' or 'path.thing-id' */
            location?: string;
            /** @description Error message text */
            message?: string;
            /** @description The value at the given location */
            value?: unknown;
        };
        ErrorModel: {
            /**
             * @description A human-readable explanation specific to this occurrence of the problem.
             * @example Property foo is required but is missing.
             */
            detail?: string;
            /** @description Optional list of individual error details */
            errors?: components["schemas"]["ErrorDetail"][];
            /**
             * Format: uri
             * @description A URI reference that identifies the specific occurrence of the problem.
             * @example https://example.com/error-log/abc123
             */
            instance?: string;
            /**
             * Format: int64
             * @description HTTP status code
             * @example 400
             */
            status?: number;
            /**
             * @description A short, human-readable summary of the problem type. This value should not change between occurrences of the error.
             * @example Bad Request
             */
            title?: string;
            /**
             * Format: uri
             * @description A URI reference to human-readable documentation for the error.
             * @default about:blank
             * @example https://example.com/errors/example
             */
            type: string;
        };
        Event: {
            in_flight?: components["schemas"]["InFlight"][];
            record?: components["schemas"]["Record"];
            state?: components["schemas"]["State"];
            /** @description For type routing: every target that was asked */
            targets?: components["schemas"]["TargetState"][];
            /** @enum {string} */
            type: "state" | "request" | "inflight" | "config" | "routing" | "queue";
            /** @description For type queue: who waits, in the order of their turns */
            waiting?: components["schemas"]["Waiter"][];
        };
        FallbackPair: {
            from: string;
            /**
             * Format: int64
             * @description Requests that it answered
             */
            saved: number;
            to: string;
            /** Format: int64 */
            tried: number;
        };
        InFlight: {
            /** @description Backend of the current attempt */
            backend: string;
            /**
             * Format: int64
             * @description Response bytes sent so far
             */
            bytes: number;
            client: string;
            /** Format: int64 */
            id: number;
            model: string;
            /**
             * Format: int64
             * @description Output tokens so far, estimated from stream events
             */
            output_tokens: number;
            stream: boolean;
            /** Format: date-time */
            time: string;
        };
        InFlightList: {
            /** @description Oldest first */
            in_flight: components["schemas"]["InFlight"][];
        };
        KeyInputBody: {
            /**
             * @description Goes to the keychain and never comes back
             * @example sk-…
             */
            value: string;
        };
        KeyView: {
            name: string;
            /** @description False: something refers to it but the keychain has no such key */
            present: boolean;
            /** @description Providers and models that refer to it */
            used_by: string[];
        };
        KeysView: {
            /** @description There is a keychain */
            available: boolean;
            keys: components["schemas"]["KeyView"][];
            /** @description Why there is none, and what to do; empty when there is one */
            problem: string;
        };
        LimitLevel: {
            /**
             * Format: int64
             * @description 0 for none
             */
            bound: number;
            /** Format: int64 */
            used: number;
        };
        LimitList: {
            /** @description Of all callers, of callers and of models, by name */
            limits: components["schemas"]["LimitState"][];
        };
        LimitState: {
            /**
             * Format: date-time
             * @description When it takes requests again; absent while it does
             */
            opens?: string;
            requests_per_minute: components["schemas"]["LimitLevel"];
            /** @description What is limited: all, a caller, a model */
            scope: string;
            tokens_per_day: components["schemas"]["LimitLevel"];
            tokens_per_minute: components["schemas"]["LimitLevel"];
        };
        LoginLink: {
            /**
             * @description Works once, for five minutes
             * @example http://127.0.0.1:7979/login?code=…
             */
            url: string;
        };
        Member: {
            /** @description Model, group, or target of the model (NAME#1) */
            name: string;
            /** Format: int64 */
            priority: number;
            /** @description Of a target; empty when it has an address of its own */
            provider: string;
            /** @description Of a target: model name sent upstream */
            target: string;
            /** Format: int64 */
            weight: number;
        };
        MemberInput: {
            /**
             * @description A model or another group
             * @example gpt-5
             */
            model: string;
            /**
             * Format: int64
             * @description Lower ones are asked first; 0 when left out
             */
            priority?: number;
            /**
             * Format: int64
             * @description Its share among those of its priority, 1 when left out; 0: only when the others cannot answer
             */
            weight?: number;
        };
        MemberView: {
            /** @description Model entry, with #1, #2 … for the targets of one */
            backend: string;
            dialects: string[];
            /**
             * @description With the best of its keys; busy: all of its slots are taken
             * @enum {string}
             */
            health: "ok" | "cooling" | "open" | "probing" | "key_refused" | "busy";
            /** @description Names of its keys */
            keys: string[];
            /**
             * Format: int64
             * @description Lower ones are asked first
             */
            priority: number;
            provider: string;
            /** @description Model name sent upstream */
            target: string;
            /**
             * Format: int64
             * @description Its share among those of its priority
             */
            weight: number;
        };
        ModelInput: {
            /** @description Base URL of its own instead of the provider's */
            api_base?: string;
            /** @description Model whose settings it starts from */
            extends?: string;
            /** @description Tried in order when it fails */
            fallbacks?: string[];
            /**
             * @description Name that clients ask for
             * @example gpt-5
             */
            name: string;
            /**
             * @description Name of a provider; empty takes it away, like in all that follow
             * @example openai
             */
            provider?: string;
            /**
             * Format: double
             * @description Seconds to the first byte; 0: the default
             */
            request_timeout_s?: number;
            /** @description Model name sent upstream; empty: the same name */
            target?: string;
            /** @description api_type: auto, openai, azure, responses, anthropic, gemini, ollama or passthrough */
            type?: string;
            /** @description The whole entry; it wins over all fields but fallbacks, and its model_name over name */
            yaml?: string;
        };
        ModelList: {
            /** @description In the order of the files */
            models: components["schemas"]["ModelView"][];
        };
        ModelView: {
            /** @description Other names for it */
            aliases?: string[];
            /** @description It is in the user's own file */
            editable: boolean;
            endpoints: components["schemas"]["EndpointView"][];
            extends: string;
            fallbacks: string[];
            /** @description A name that several models share the requests for */
            group: boolean;
            /** @enum {string} */
            key: "keychain" | "env" | "file" | "missing" | "none";
            key_problem?: string;
            /** @enum {string} */
            layer: "default" | "added";
            /** @description Of a group, or of a model with several targets */
            members?: components["schemas"]["Member"][];
            name: string;
            /** @description Why it cannot be called: a mistake, or a template that others extend */
            problem?: string;
            provider: string;
            /** Format: double */
            request_timeout_s: number;
            /** @description Model name sent upstream */
            target: string;
            /** @description api_type */
            type: string;
            /** @description A name with fallbacks only */
            virtual: boolean;
            yaml: string;
        };
        NewModel: {
            /**
             * @description The provider's name of the model
             * @example gpt-5
             */
            id: string;
            /** @description Name for clients; empty: the same */
            name?: string;
        };
        Notice: {
            /** @description What to do about it */
            hint?: string;
            /**
             * @description What it is about
             * @enum {string}
             */
            kind: "config" | "keychain" | "port" | "database" | "routing" | "limit" | "tray";
            /** @enum {string} */
            level: "error" | "warning";
            message: string;
            /** Format: int64 */
            port?: number;
            /** @description For kind config: each error with file, line and YAML path */
            problems?: components["schemas"]["Problem"][];
        };
        PatchInputBody: {
            /**
             * @description YAML path to new value; null goes back to the default
             * @example {
             *       "app.theme": "dark",
             *       "proxy_settings.server.port": 7980
             *     }
             */
            values: {
                [key: string]: unknown;
            };
        };
        Place: {
            /** @enum {string} */
            name: "config" | "data" | "logs";
            path: string;
        };
        PlaceList: {
            places: components["schemas"]["Place"][];
        };
        Problem: {
            /** Format: int64 */
            column?: number;
            file: string;
            /**
             * Format: int64
             * @description 1-based; 0 when the place is not a line of a file
             */
            line: number;
            /** @description What is wrong and what to do */
            message: string;
            /** @description YAML path, e.g. model_list[2].model_params.api_base */
            path: string;
        };
        ProviderInput: {
            /**
             * @description Id of a catalogue entry
             * @example openai
             */
            catalog?: string;
            /** @description Empty: those of the catalogue entry */
            endpoints?: components["schemas"]["EndpointView"][];
            /** @description Sent with every request; a masked value (•••) stays what it was */
            headers?: {
                [key: string]: string;
            };
            /**
             * @description In the place of the first key; further keys stay. Empty: keep the present key
             * @example sk-…
             */
            key?: string;
            /** @description Use this reference (keyring:NAME, ${VAR}) instead of a key; '-' removes every key */
            key_ref?: string;
            /**
             * @description Where new keys are kept; env is .env_added, mode 0600. Default keychain
             * @enum {string}
             */
            key_store?: "keychain" | "env";
            /** @description All keys in their order, instead of key and key_ref; those that are not in it are taken off the provider. Absent: they stay */
            keys?: components["schemas"]["ProviderKeyInput"][];
            /** @description Values for {placeholders} in the catalogue's base URLs */
            variables?: {
                [key: string]: string;
            };
        };
        ProviderKey: {
            /** @description What records call it: its name in the keychain, its variable, or its place */
            name: string;
            /** @description Why it cannot be sent */
            problem?: string;
            /** @description keyring:NAME or ${VAR}; empty when the file holds the key itself */
            ref: string;
            /** @enum {string} */
            state: "keychain" | "env" | "file" | "missing";
        };
        ProviderKeyInput: {
            /**
             * @description Store this key, where key_store says
             * @example sk-…
             */
            key?: string;
            /** @description Keep the key that the view calls so */
            name?: string;
            /** @description Use this reference (keyring:NAME, ${VAR}) */
            ref?: string;
        };
        ProviderList: {
            /** @description In the order of the files */
            providers: components["schemas"]["ProviderView"][];
        };
        ProviderModel: {
            /** @description A model of ours refers to it already */
            added: boolean;
            /** @description The provider's name of the model */
            id: string;
        };
        ProviderModels: {
            /** @description By id */
            models: components["schemas"]["ProviderModel"][];
        };
        ProviderTrial: {
            /**
             * @description Id of a catalogue entry
             * @example openai
             */
            catalog?: string;
            /** @description Empty: those of the catalogue entry */
            endpoints?: components["schemas"]["EndpointView"][];
            /** @description Sent with every request; a masked value (•••) stays what it was */
            headers?: {
                [key: string]: string;
            };
            /**
             * @description In the place of the first key; further keys stay. Empty: keep the present key
             * @example sk-…
             */
            key?: string;
            /** @description Use this reference (keyring:NAME, ${VAR}) instead of a key; '-' removes every key */
            key_ref?: string;
            /**
             * @description Where new keys are kept; env is .env_added, mode 0600. Default keychain
             * @enum {string}
             */
            key_store?: "keychain" | "env";
            /** @description All keys in their order, instead of key and key_ref; those that are not in it are taken off the provider. Absent: they stay */
            keys?: components["schemas"]["ProviderKeyInput"][];
            /** @description A saved provider whose key is used when none is given */
            name?: string;
            /** @description Values for {placeholders} in the catalogue's base URLs */
            variables?: {
                [key: string]: string;
            };
        };
        ProviderView: {
            /** @description Id of its catalogue entry, if any */
            catalog: string;
            endpoints: components["schemas"]["EndpointView"][];
            /** @description Values are masked when they may hold a secret */
            headers?: {
                [key: string]: string;
            };
            /** @enum {string} */
            key: "keychain" | "env" | "file" | "missing" | "none";
            key_problem?: string;
            /** @description keyring:NAME or ${VAR} */
            key_ref: string;
            /** @description All keys in the order they are tried; key, key_ref and key_problem are about the first that can be sent */
            keys: components["schemas"]["ProviderKey"][];
            /** @description Name for people */
            label: string;
            /** @enum {string} */
            layer: "default" | "added";
            /** @description Models that use it */
            models: string[];
            name: string;
        };
        QueueView: {
            /** @description The limits on requests at once that somebody uses */
            uses: components["schemas"]["SlotUse"][];
            /** @description In the order in which they are served */
            waiting: components["schemas"]["Waiter"][];
        };
        Record: {
            /** @description Every try at a backend, in order */
            attempts: components["schemas"]["Attempt"][];
            /** @description Model entry that answered; empty when none did */
            backend: string;
            /** @description App key id; empty for a local caller without one */
            caller: string;
            /** @description Program that called, from its User-Agent */
            client: string;
            config_version: string;
            /** @description Protocol of the client */
            dialect: string;
            error_kind?: string;
            error_message?: string;
            has_bodies: boolean;
            /** Format: int64 */
            id: number;
            /** @description Name of the key that was sent upstream */
            key: string;
            /** @description Model as requested */
            model: string;
            /** @enum {string} */
            outcome: "success" | "error" | "cancelled";
            /** @description Path of the call, without its query */
            path: string;
            /** @description Provider of that entry */
            provider: string;
            /** Format: int64 */
            request_bytes: number;
            /** @description X-Request-ID as returned to the client */
            request_id: string;
            /** Format: int64 */
            response_bytes: number;
            /**
             * Format: int64
             * @description HTTP status sent to the client
             */
            status: number;
            /** @description Stop reason in the provider's own word */
            stop_reason: string;
            stream: boolean;
            target_dialect: string;
            target_model: string;
            /**
             * Format: date-time
             * @description Arrival
             */
            time: string;
            timing: components["schemas"]["Timing"];
            /**
             * Format: int64
             * @description Tool calls the model asked for
             */
            tool_calls: number;
            usage: components["schemas"]["Usage"];
        };
        ReplaceInputBody: {
            /**
             * @description The whole file. A masked value (•••) stays what it was
             * @example model_list: []
             */
            yaml: string;
        };
        RequestDetail: {
            bodies?: components["schemas"]["Bodies"];
            /**
             * @description expired: they were kept and are gone; off: they were not kept
             * @enum {string}
             */
            bodies_state: "stored" | "expired" | "off";
            record: components["schemas"]["Record"];
        };
        RequestList: {
            /**
             * Format: int64
             * @description Ask for the following page with before; 0: there are no more
             */
            next: number;
            /** @description Newest first */
            records: components["schemas"]["Record"][];
        };
        RouteInput: {
            /** @description All of its other names */
            aliases?: string[];
            /** @description Tried when a prompt is too long for it */
            context_fallbacks?: string[];
            /** @description Tried in order when it fails */
            fallbacks?: string[];
            /** @description Makes or changes the group of that name; an empty list removes it */
            members?: components["schemas"]["MemberInput"][];
            /** @description Tried when its provider refuses the content */
            policy_fallbacks?: string[];
        };
        RouteView: {
            /** @description Its other names */
            aliases: string[];
            /** @description As configured: tried when a prompt is too long for it */
            context_fallbacks: string[];
            /** @description It is not built in */
            editable: boolean;
            /** @description As configured: tried in order when it fails */
            fallbacks: string[];
            /**
             * @description virtual: a name with fallbacks only; wildcard: an entry for all names that match it
             * @enum {string}
             */
            kind: "model" | "group" | "virtual" | "wildcard";
            /** @description As configured, of a group */
            members?: components["schemas"]["MemberInput"][];
            name: string;
            /** @description As configured: tried when its provider refuses the content */
            policy_fallbacks: string[];
            /** @description In the order in which they are tried: itself, its fallbacks and theirs, then what is tried for other reasons */
            stages: components["schemas"]["StageView"][];
        };
        RoutingView: {
            /** @description How often each fallback was taken */
            pairs: components["schemas"]["FallbackPair"][];
            /** @description Every name that can be asked for: models in the order of the files, then groups and virtual names */
            routes: components["schemas"]["RouteView"][];
            /** @description Every target that was asked since the start of the program, each with each of its keys */
            targets: components["schemas"]["TargetState"][];
        };
        Row: {
            key: string;
            totals: components["schemas"]["Totals"];
        };
        SeriesColumn: {
            avg_first_token_us: number[];
            avg_total_us: number[];
            cache_read: number[];
            cache_write: number[];
            errors: number[];
            input: number[];
            key: string;
            output: number[];
            reasoning: number[];
            requests: number[];
            tokens_per_second: number[];
        };
        SettingList: {
            /** @description Hash of the user's file, for If-Match */
            etag: string;
            settings: components["schemas"]["SettingView"][];
        };
        SettingView: {
            default: unknown;
            /** @description What it does, in a sentence or two */
            doc: string;
            /** @enum {string} */
            group: "server" | "routing" | "recording" | "database" | "app";
            /** @description YAML path, e.g. proxy_settings.server.port */
            key: string;
            /** @description For type enum */
            options?: string[];
            /** @description Takes effect when the proxy listener or the program restarts */
            restart: boolean;
            /**
             * @description Where the value comes from
             * @enum {string}
             */
            source: "default" | "added" | "environment";
            /** @enum {string} */
            type: "string" | "integer" | "number" | "boolean" | "enum" | "list" | "duration" | "bytes";
            value: unknown;
        };
        Size: {
            /**
             * Format: int64
             * @description Stored bodies
             */
            bodies: number;
            /**
             * Format: int64
             * @description Bodies, compressed
             */
            body_bytes: number;
            /**
             * Format: int64
             * @description Records and indexes
             */
            bytes: number;
            /** Format: int64 */
            records: number;
        };
        SlotUse: {
            /**
             * Format: int64
             * @description Requests that run
             */
            in_use: number;
            /**
             * Format: int64
             * @description Requests at once
             */
            limit: number;
            /** @description What is limited: a model, a provider, a caller on a model */
            name: string;
            /**
             * Format: int64
             * @description Requests that wait for it
             */
            waiting: number;
        };
        StageView: {
            /** @description One for a model; of a group those that share its requests, groups within it dissolved */
            members: components["schemas"]["MemberView"][];
            name: string;
            /**
             * @description How a request comes there; empty for the first
             * @enum {string}
             */
            via: "" | "fallback" | "context_fallback" | "policy_fallback";
        };
        StartOptions: {
            /**
             * Format: int64
             * @description Listen here until the next start; empty: the configured port
             * @example 7980
             */
            port?: number;
        };
        State: {
            /**
             * @description Where clients point; OpenAI's append /v1
             * @example http://127.0.0.1:7979
             */
            base_url: string;
            config_version: string;
            /** @description No model is configured yet */
            first_run: boolean;
            host: string;
            /** Format: int64 */
            in_flight: number;
            /**
             * Format: int64
             * @description Models that can be called
             */
            models: number;
            /** @description What needs a person, most urgent first */
            notices: components["schemas"]["Notice"][];
            /** Format: int64 */
            port: number;
            /** @enum {string} */
            proxy: "stopped" | "starting" | "running" | "draining";
            /** Format: date-time */
            started_at: string;
            /**
             * Format: int64
             * @description Targets that are left alone for a while: they failed, asked for a pause or refused the key
             */
            troubled: number;
            /** @description Version of the program */
            version: string;
            /**
             * Format: int64
             * @description Requests that wait for their turn
             */
            waiting: number;
        };
        Step: {
            /** @description What was found, or what failed and what to do */
            detail?: string;
            /** Format: int64 */
            duration_us: number;
            /** @enum {string} */
            name: "dns" | "tcp" | "tls" | "key" | "models" | "chat";
            ok: boolean;
            /** @description It did not apply, or an earlier step failed */
            skipped?: boolean;
        };
        TargetState: {
            /** @description Name of the model entry */
            backend: string;
            /** @description Attempts that did not succeed, by kind */
            by_kind: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description Failures of the backend or the key, not of the request
             */
            failed: number;
            /**
             * Format: int64
             * @description Failures in a row
             */
            failures: number;
            /**
             * Format: int64
             * @description Recent average time to the first content, of all keys; 0 when unknown
             */
            first_token_us: number;
            /**
             * Format: int64
             * @description Attempts that have not ended
             */
            in_flight: number;
            /** @description Name of the key; empty without keys */
            key: string;
            /**
             * Format: date-time
             * @description Begin of the last attempt
             */
            last: string;
            /** @description Kind of the last failure; empty when there was none */
            last_error: string;
            /**
             * Format: date-time
             * @description Time of the last failure
             */
            last_failed?: string;
            /**
             * Format: int64
             * @description Attempts since the start of the program
             */
            requests: number;
            /** @enum {string} */
            status: "ok" | "cooling" | "open" | "probing" | "key_refused";
            /** Format: int64 */
            succeeded: number;
            /**
             * Format: date-time
             * @description When it ends
             */
            until?: string;
            /** @description What the status means, for a person; empty when all is well */
            why: string;
        };
        TestResult: {
            /** @description The provider's own list */
            models?: string[];
            ok: boolean;
            steps: components["schemas"]["Step"][];
        };
        Timing: {
            /**
             * Format: int64
             * @description Connection to the answering backend was ready
             */
            connect_us: number;
            /**
             * Format: int64
             * @description First byte of its answer
             */
            first_byte_us: number;
            /**
             * Format: int64
             * @description First content reached the client
             */
            first_token_us: number;
            /**
             * Format: int64
             * @description Waited for a slot
             */
            queue_us: number;
            /**
             * Format: int64
             * @description Last byte reached the client
             */
            total_us: number;
        };
        Totals: {
            /** Format: int64 */
            avg_first_token_us: number;
            /** Format: int64 */
            avg_total_us: number;
            /** Format: int64 */
            cancelled: number;
            /** Format: int64 */
            errors: number;
            /** Format: int64 */
            p50_first_token_us: number;
            /** Format: int64 */
            p50_total_us: number;
            /** Format: int64 */
            p95_first_token_us: number;
            /** Format: int64 */
            p95_total_us: number;
            /** Format: int64 */
            requests: number;
            /** Format: double */
            tokens_per_second: number;
            /**
             * Format: int64
             * @description Requests whose answer asked for at least one tool call
             */
            tool_calls: number;
            usage: components["schemas"]["Usage"];
            /** Format: int64 */
            usage_known: number;
        };
        Usage: {
            /**
             * Format: int64
             * @description Prompt tokens read from the provider's cache
             */
            cache_read: number;
            /**
             * Format: int64
             * @description Prompt tokens written to the provider's cache
             */
            cache_write: number;
            /**
             * Format: int64
             * @description The part of cache_write that lives one hour
             */
            cache_write_1h: number;
            /**
             * Format: int64
             * @description Prompt tokens at full price, neither read from nor written to a cache
             */
            input: number;
            /**
             * Format: int64
             * @description Generated tokens, reasoning included
             */
            output: number;
            /**
             * Format: int64
             * @description The part of output spent on reasoning
             */
            reasoning: number;
        };
        ValuesOutput: {
            /** @description Most recent use first */
            values: string[];
        };
        Variable: {
            example: string;
            label: string;
            name: string;
        };
        Waiter: {
            /** @description App key id; empty for a local caller without one */
            caller: string;
            /** @description Program that called */
            client: string;
            /** @description The limits that are reached */
            for: string[];
            /** @description The request's id, made unique among those that wait */
            id: string;
            /** @description Model as requested */
            model: string;
            /**
             * Format: int64
             * @description Place among those that wait for the same; 1 is next
             */
            position: number;
            /**
             * Format: int64
             * @description Lower ones go first
             */
            priority: number;
            /**
             * Format: date-time
             * @description When it began to wait
             */
            since: string;
            stream: boolean;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "get-catalog": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Catalog"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "get-config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigView"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "replace-config": {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the configuration this change is based on; a stale one is refused with 412 */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReplaceInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigView"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "reload-config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigView"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "run-doctor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "stream-events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A stream that ends when the client or the program goes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["Event"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "list-in-flight": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InFlightList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "list-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeysView"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "set-key": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name, percent-encoded; a slash in it is %2F */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyInputBody"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "remove-key": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name, percent-encoded; a slash in it is %2F */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "list-limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LimitList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "make-login-link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoginLink"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: {
                yallmproxy_session?: string;
            };
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "list-models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "add-model": {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the configuration this change is based on; a stale one is refused with 412 */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ModelInput"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelView"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "change-model": {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the configuration this change is based on; a stale one is refused with 412 */
                "If-Match"?: string;
            };
            path: {
                /** @description Name, percent-encoded; a slash in it is %2F */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ModelInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelView"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "remove-model": {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the configuration this change is based on; a stale one is refused with 412 */
                "If-Match"?: string;
            };
            path: {
                /** @description Name, percent-encoded; a slash in it is %2F */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "copy-model": {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the configuration this change is based on; a stale one is refused with 412 */
                "If-Match"?: string;
            };
            path: {
                /** @description Name, percent-encoded; a slash in it is %2F */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CopyInputBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelView"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "test-model": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name, percent-encoded; a slash in it is %2F */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TestResult"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "list-places": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlaceList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "open-place": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: "config" | "data" | "logs";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "list-providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "try-provider": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProviderTrial"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TestResult"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "put-provider": {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the configuration this change is based on; a stale one is refused with 412 */
                "If-Match"?: string;
            };
            path: {
                /** @description Name, percent-encoded; a slash in it is %2F */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProviderInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderView"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "remove-provider": {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the configuration this change is based on; a stale one is refused with 412 */
                "If-Match"?: string;
            };
            path: {
                /** @description Name, percent-encoded; a slash in it is %2F */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "list-provider-models": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name, percent-encoded; a slash in it is %2F */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderModels"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Bad Gateway */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "add-provider-models": {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the configuration this change is based on; a stale one is refused with 412 */
                "If-Match"?: string;
            };
            path: {
                /** @description Name, percent-encoded; a slash in it is %2F */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddModelsInputBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "test-provider": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name, percent-encoded; a slash in it is %2F */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TestResult"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "start-proxy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["StartOptions"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["State"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "stop-proxy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["State"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "get-queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueView"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "remove-from-queue": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of a request that waits */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    quit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "list-requests": {
        parameters: {
            query?: {
                /** @description Requests that arrived then or later */
                since?: string;
                /** @description Requests that arrived before */
                until?: string;
                /** @description Model as requested, exact */
                model?: string;
                /** @description Model entry that answered */
                backend?: string;
                provider?: string;
                /** @description Program that called */
                client?: string;
                /** @description App key id */
                caller?: string;
                outcome?: "success" | "error" | "cancelled";
                /** @description Protocol of the client */
                dialect?: "openai" | "responses" | "anthropic" | "gemini" | "ollama";
                stop_reason?: string;
                /** @description X-Request-ID, exact */
                request_id?: string;
                /** @description Streams only, or all but streams */
                stream?: boolean;
                /** @description With at least one tool call, or with none */
                tool_calls?: boolean;
                /** @description Part of model, backend, client, request id or error message, in any case */
                search?: string;
                /** @description Took at least so many milliseconds */
                min_total_ms?: number;
                /** @description Older than this id; from next of the page before */
                before?: number;
                /** @description Newer than this id */
                after?: number;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "get-request": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the record */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestDetail"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "get-routing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoutingView"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "clear-targets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ClearOptions"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClearedTargets"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "change-route": {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the configuration this change is based on; a stale one is refused with 412 */
                "If-Match"?: string;
            };
            path: {
                /** @description Name, percent-encoded; a slash in it is %2F */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RouteInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RouteView"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "remove-route": {
        parameters: {
            query?: {
                /** @description Remove it from everything that leads to it as well */
                force?: boolean;
            };
            header?: {
                /** @description ETag of the configuration this change is based on; a stale one is refused with 412 */
                "If-Match"?: string;
            };
            path: {
                /** @description Name, percent-encoded; a slash in it is %2F */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "list-settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "change-settings": {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the configuration this change is based on; a stale one is refused with 412 */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PatchInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "get-state": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["State"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "get-storage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Size"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "get-breakdown": {
        parameters: {
            query: {
                /** @description Requests that arrived then or later */
                since?: string;
                /** @description Requests that arrived before */
                until?: string;
                /** @description Model as requested, exact */
                model?: string;
                /** @description Model entry that answered */
                backend?: string;
                provider?: string;
                /** @description Program that called */
                client?: string;
                /** @description App key id */
                caller?: string;
                outcome?: "success" | "error" | "cancelled";
                /** @description Protocol of the client */
                dialect?: "openai" | "responses" | "anthropic" | "gemini" | "ollama";
                stop_reason?: string;
                /** @description X-Request-ID, exact */
                request_id?: string;
                /** @description Streams only, or all but streams */
                stream?: boolean;
                /** @description With at least one tool call, or with none */
                tool_calls?: boolean;
                /** @description Part of model, backend, client, request id or error message, in any case */
                search?: string;
                /** @description Took at least so many milliseconds */
                min_total_ms?: number;
                by: "model" | "backend" | "provider" | "client" | "caller" | "dialect" | "outcome" | "stop_reason";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BreakdownOutput"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "get-series": {
        parameters: {
            query?: {
                /** @description Requests that arrived then or later */
                since?: string;
                /** @description Requests that arrived before */
                until?: string;
                /** @description Model as requested, exact */
                model?: string;
                /** @description Model entry that answered */
                backend?: string;
                provider?: string;
                /** @description Program that called */
                client?: string;
                /** @description App key id */
                caller?: string;
                outcome?: "success" | "error" | "cancelled";
                /** @description Protocol of the client */
                dialect?: "openai" | "responses" | "anthropic" | "gemini" | "ollama";
                stop_reason?: string;
                /** @description X-Request-ID, exact */
                request_id?: string;
                /** @description Streams only, or all but streams */
                stream?: boolean;
                /** @description With at least one tool call, or with none */
                tool_calls?: boolean;
                /** @description Part of model, backend, client, request id or error message, in any case */
                search?: string;
                /** @description Took at least so many milliseconds */
                min_total_ms?: number;
                /** @description One series for each value; empty: one in all */
                by?: "model" | "backend" | "provider" | "client" | "caller" | "dialect" | "outcome" | "stop_reason";
                /** @description Seconds of each step; whole hours are read from roll-ups */
                step_s?: number;
                /** @description Series; the rest is summed under the key other */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Chart"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "get-totals": {
        parameters: {
            query?: {
                /** @description Requests that arrived then or later */
                since?: string;
                /** @description Requests that arrived before */
                until?: string;
                /** @description Model as requested, exact */
                model?: string;
                /** @description Model entry that answered */
                backend?: string;
                provider?: string;
                /** @description Program that called */
                client?: string;
                /** @description App key id */
                caller?: string;
                outcome?: "success" | "error" | "cancelled";
                /** @description Protocol of the client */
                dialect?: "openai" | "responses" | "anthropic" | "gemini" | "ollama";
                stop_reason?: string;
                /** @description X-Request-ID, exact */
                request_id?: string;
                /** @description Streams only, or all but streams */
                stream?: boolean;
                /** @description With at least one tool call, or with none */
                tool_calls?: boolean;
                /** @description Part of model, backend, client, request id or error message, in any case */
                search?: string;
                /** @description Took at least so many milliseconds */
                min_total_ms?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Totals"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "list-values": {
        parameters: {
            query: {
                by: "model" | "backend" | "provider" | "client" | "caller" | "dialect" | "outcome" | "stop_reason";
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ValuesOutput"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
    "show-window": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ErrorModel"];
                };
            };
        };
    };
}
