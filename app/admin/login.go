package admin

const sessionCookie = "yallmproxy_session"

// Login decides who may use the admin API from a browser.
type Login struct{}
