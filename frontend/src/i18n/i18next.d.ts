import "i18next";
import type en from "./en.json";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    // The words of settings are found by path at run time; as types they would only make the compiler slow.
    resources: { translation: Omit<typeof en, "setting"> };
    returnNull: false;
  }
}
