/** What can be done to the core. Pages wrap these in mutations. */
import { api } from "./client";
import type { ModelInput, Place, ProviderInput, ProviderTrial, RouteInput } from "./types";

export const startProxy = (port?: number) => api.post("/api/proxy/start", { body: port ? { port } : {} });
export const stopProxy = () => api.post("/api/proxy/stop");

export const createModel = (body: ModelInput) => api.post("/api/models", { body });
export const updateModel = (name: string, body: ModelInput) =>
  api.put("/api/models/{name}", { path: { name }, body });
export const deleteModel = (name: string) => api.delete("/api/models/{name}", { path: { name } });
export const copyModel = (name: string, as: string) =>
  api.post("/api/models/{name}/copy", { path: { name }, body: { name: as } });
export const testModel = (name: string) => api.post("/api/models/{name}/test", { path: { name } });

export const saveProvider = (name: string, body: ProviderInput) =>
  api.put("/api/providers/{name}", { path: { name }, body });
export const deleteProvider = (name: string) => api.delete("/api/providers/{name}", { path: { name } });
export const testProvider = (name: string) => api.post("/api/providers/{name}/test", { path: { name } });
/** Tests what is typed and saves nothing. With a name, an empty key means the saved one. */
export const tryProvider = (body: ProviderTrial) => api.post("/api/providers/test", { body });
export const addModels = (provider: string, models: { id: string; name?: string }[]) =>
  api.post("/api/providers/{name}/models", { path: { name: provider }, body: { models } });

export const saveRoute = (name: string, body: RouteInput, ifMatch?: string) =>
  api.put("/api/routing/{name}", { path: { name }, body, ifMatch });
/** With force also from everything that leads to it. */
export const deleteRoute = (name: string, force: boolean, ifMatch?: string) =>
  api.delete("/api/routing/{name}", { path: { name }, query: force ? { force } : {}, ifMatch });
/** Asks targets again at once: those of one backend, or all. */
export const clearTargets = (backend?: string) =>
  api.post("/api/routing/clear", { body: backend ? { backend } : {} });
export const removeWaiter = (id: string) => api.delete("/api/queue/{id}", { path: { id } });

export const saveKey = (name: string, value: string) =>
  api.put("/api/keys/{name}", { path: { name }, body: { value } });
export const deleteKey = (name: string) => api.delete("/api/keys/{name}", { path: { name } });

/** A value of null puts the default back. */
export const saveSettings = (values: Record<string, unknown>, ifMatch?: string) =>
  api.patch("/api/settings", { body: { values }, ifMatch });
export const openPlace = (name: Place["name"]) => api.post("/api/places/{name}/open", { path: { name } });
export const loginLink = () => api.post("/api/login-link");
