package bridge

import "sync"

// Hub tells listeners that a calendar's journal has moved. The zero Hub is
// ready; it is safe for concurrent use. A listener that is slow misses
// repetitions, never the last state: what it gets are calendars to look at.
type Hub struct {
	mu        sync.Mutex
	listeners map[*Listener]struct{}
}

// Listener collects calendars whose journals moved.
type Listener struct {
	hub   *Hub
	moved map[CalendarID]struct{}
	ready chan struct{}
}

// Listen begins to listen; call Close when done.
func (h *Hub) Listen() *Listener {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := &Listener{hub: h, moved: map[CalendarID]struct{}{}, ready: make(chan struct{}, 1)}
	if h.listeners == nil {
		h.listeners = map[*Listener]struct{}{}
	}
	h.listeners[l] = struct{}{}
	return l
}

// Tell announces that cal has moved. It never blocks.
func (h *Hub) Tell(cal CalendarID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners {
		l.moved[cal] = struct{}{}
		select {
		case l.ready <- struct{}{}:
		default:
		}
	}
}

// Ready is readable when Take has something to give.
func (l *Listener) Ready() <-chan struct{} { return l.ready }

// Take returns the calendars that moved since the last call.
func (l *Listener) Take() []CalendarID {
	l.hub.mu.Lock()
	defer l.hub.mu.Unlock()
	var moved []CalendarID
	for cal := range l.moved {
		moved = append(moved, cal)
	}
	clear(l.moved)
	return moved
}

// Close ends listening.
func (l *Listener) Close() {
	l.hub.mu.Lock()
	defer l.hub.mu.Unlock()
	delete(l.hub.listeners, l)
}
