package controller

import (
	"github.com/yallmproxy/yallmproxy/proxy/health"
	"github.com/yallmproxy/yallmproxy/proxy/limit"
)

// RoutingView is everything about where requests go.
type RoutingView struct {
	Targets []health.State `json:"targets" doc:"Every target that was asked since the start of the program, each with each of its keys"`
	Routes  []RouteView    `json:"routes" doc:"Every name that can be asked for: models in the order of the files, then groups and virtual names"`
	Pairs   []health.Pair  `json:"pairs" doc:"How often each fallback was taken"`
}

// The kinds of RouteView.
const (
	RouteModel    = "model"
	RouteGroup    = "group"
	RouteVirtual  = "virtual"
	RouteWildcard = "wildcard"
)

// RouteView is a name and everything a request for it can come to.
type RouteView struct {
	Name    string      `json:"name"`
	Kind    string      `json:"kind" enum:"model,group,virtual,wildcard" doc:"virtual: a name with fallbacks only; wildcard: an entry for all names that match it"`
	Aliases []string    `json:"aliases" doc:"Its other names"`
	Stages  []StageView `json:"stages" doc:"In the order in which they are tried: itself, its fallbacks and theirs, then what is tried for other reasons"`
	// What follows is as configured, to be edited.
	Fallbacks        []string      `json:"fallbacks" doc:"As configured: tried in order when it fails"`
	ContextFallbacks []string      `json:"context_fallbacks" doc:"As configured: tried when a prompt is too long for it"`
	PolicyFallbacks  []string      `json:"policy_fallbacks" doc:"As configured: tried when its provider refuses the content"`
	Members          []MemberInput `json:"members,omitempty" doc:"As configured, of a group"`
	Editable         bool          `json:"editable" doc:"It is not built in"`
}

// StageView is one step of a route.
type StageView struct {
	Via     string       `json:"via" enum:",fallback,context_fallback,policy_fallback" doc:"How a request comes there; empty for the first"`
	Name    string       `json:"name"`
	Members []MemberView `json:"members" doc:"One for a model; of a group those that share its requests, groups within it dissolved"`
}

// MemberView is one place that may answer.
type MemberView struct {
	Backend  string   `json:"backend" doc:"Model entry, with #1, #2 … for the targets of one"`
	Provider string   `json:"provider"`
	Target   string   `json:"target" doc:"Model name sent upstream"`
	Dialects []string `json:"dialects"`
	Keys     []string `json:"keys" doc:"Names of its keys"`
	Weight   int      `json:"weight" doc:"Its share among those of its priority"`
	Priority int      `json:"priority" doc:"Lower ones are asked first"`
	Health   string   `json:"health" enum:"ok,cooling,open,probing,key_refused,busy" doc:"With the best of its keys; busy: all of its slots are taken"`
}

// MemberInput is a member of a group.
type MemberInput struct {
	Model    string `json:"model" minLength:"1" maxLength:"200" doc:"A model or another group" example:"gpt-5"`
	Weight   *int   `json:"weight,omitempty" minimum:"0" maximum:"1000000" doc:"Its share among those of its priority, 1 when left out; 0: only when the others cannot answer"`
	Priority int    `json:"priority,omitempty" minimum:"0" doc:"Lower ones are asked first; 0 when left out"`
}

// RouteInput changes a route. What is nil stays as it is; an empty list takes
// away.
type RouteInput struct {
	Fallbacks        *[]string      `json:"fallbacks,omitempty" doc:"Tried in order when it fails"`
	ContextFallbacks *[]string      `json:"context_fallbacks,omitempty" doc:"Tried when a prompt is too long for it"`
	PolicyFallbacks  *[]string      `json:"policy_fallbacks,omitempty" doc:"Tried when its provider refuses the content"`
	Members          *[]MemberInput `json:"members,omitempty" doc:"Makes or changes the group of that name; an empty list removes it"`
	Aliases          *[]string      `json:"aliases,omitempty" doc:"All of its other names"`
}

// QueueView is who waits for a turn, and for what.
type QueueView struct {
	Waiting []limit.Waiter `json:"waiting" doc:"In the order in which they are served"`
	Uses    []limit.Use    `json:"uses" doc:"The limits on requests at once that somebody uses"`
}
