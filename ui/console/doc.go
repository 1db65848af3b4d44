// Package console runs Confab without a window: a call, a signaling server, a list of devices, a
// demonstration.
//
// Join writes to its output one JSON object a line and nothing else; what is for people (logs, usage,
// the sentence of a fatal error) goes to the other stream. Each object has "time" (RFC 3339 with
// milliseconds) and "event":
//
//	joined {room, id}
//	peer   {id, name, state, error?}    on every change; state is new … closed, or reconnecting
//	track  {id, kind, source}           the first packet of a line arrived
//	chat   {from, name, text}           somebody wrote
//	signaling {state, error?}           interrupted or online
//	stats  {cpuSeconds, rssBytes, outbound, peers}   once a second, conference.Stats
//	error  {message, fatal}             a sentence for people
//	left   {reason}                     the last line
//
// Its input takes one JSON command a line:
//
//	{"do":"mute","kind":"audio|video","on":true}
//	{"do":"share","source":"test|ID","on":true}
//	{"do":"tile","id":"p_…","slot":"camera|screen","width":640,"height":360,"visible":true}
//	{"do":"chat","text":"…","to":"p_…"}  without to: everybody
//	{"do":"leave"}
//
// A command that is not understood gets an error line and changes nothing. The end of the input is not
// the end of the call.
package console
