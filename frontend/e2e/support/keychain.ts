import type { LaunchOptions } from "./program";

/** A session bus with an unlocked keychain daemon on it; both end with the program. */
export const withKeychain: LaunchOptions["inside"] = (home) => ({
  command: "dbus-run-session",
  args: [
    "--",
    "sh",
    "-c",
    // The empty password unlocks a new keyring. In the foreground, so that it stays in the group and ends with it.
    `printf '\\n' | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1 &
     tries=0
     until dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.GetNameOwner \\
       string:org.freedesktop.secrets >/dev/null 2>&1; do
       tries=$((tries + 1)); [ "$tries" -lt 200 ] || exit 9
       sleep 0.05
     done
     exec "$@"`,
    "sh",
  ],
  env: { XDG_DATA_HOME: `${home}/data`, XDG_RUNTIME_DIR: home },
});
