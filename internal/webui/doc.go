// Package webui serves one page that draws the shared memory of this machine as
// it lives, fed by server-sent events.
//
// It only reads: requests other than GET and HEAD are refused, and there is no
// address that changes anything. Nothing is loaded from elsewhere; a content
// security policy says so to the browser. A request whose Host is neither an
// address nor localhost nor allowed by name is refused, so that a page of
// another site cannot read along by pointing its own name at this machine.
//
// The folder is looked at only as often as the interval says, however many
// pages are open. The last minutes are kept in memory and handed to each new
// page.
package webui
