// Package conference is a call: a Client joins a Channel, remote clients get PeerConnections.
//
// A [Client] is this user: a name, a signaling URL, and the [LocalMedia] that it sends. Join gives a
// [Channel], a joined room. Everybody in the room is connected directly to everybody else: whoever was
// there first offers, the newcomer answers, and what is lost is repaired or built anew, all without
// the caller's doing. What a remote client sends arrives as its [RemoteMedia].
//
// Who shows a call renders [Channel.Snapshot], which is immutable and always complete, whenever a
// Changed event says that there is a newer one. Who wants to know each thing that happened subscribes
// to [Event]: "connection" gives all changes of connections, "connection:connected" only that one, no
// topic at all gives everything. Events of one channel come in the order in which they happened: a
// client's join before its connection's states, a connection's end before the client's leave, Left
// last. Each subscriber has a queue of its own of 1024 events; a reader that falls further behind
// loses the oldest and is told how many by Missed. It never delays anybody else.
//
// Below are the parts, each usable by itself: signaling (drivers by URL scheme), mesh (who offers to
// whom), transport (one WebRTC connection), media (capture, codecs, sending, receiving, sound), data
// (control messages) and server (what a signaling server runs).
package conference
