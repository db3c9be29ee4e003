/* The protocol of shm/ring as a model for spin: `make model`.
 *
 * A producer sends N records through a ring of CAP and closes, a consumer reads
 * them to the end. Stores of positions go through a buffer, as on x86: they become
 * visible later, in order. Either side may be killed before any of its steps
 * (KILLS in all), or asked to hand its seat over (HANDOVERS in all); a successor
 * sits down. No sleep ends by itself: a lost wake-up is a deadlock.
 *
 * One record takes one unit here: framing and padding are the explorer's
 * business (shm/ring/check_test.go), which runs the code that ships.
 *
 * Seeded bugs, each of which spin has to find:
 *   -DPUBLISH_FIRST  tail is stored before the bytes
 *   -DNO_RECHECK     no second look between park and sleep
 *   -DNO_FENCE       the sleeper does not fence the publisher
 *   -DNO_BUMP        a successor does not wake the other side
 *   -DSTATE_AFTER    the consumer looks at the state after the tail
 */
#ifndef N
#define N 3
#endif
#ifndef CAP
#define CAP 2
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef HANDOVERS
#define HANDOVERS 0
#endif
#define P 0
#define C 1
#define OPEN 1
#define CLOSED 2
#define NEXT(w) w = (w + 1) & 15 /* far enough for the sleeps of a run */

byte lo[CAP], hi[CAP];      /* the first and the last byte of each record */
byte position[2];           /* tail, head */
byte wake[2], park[2], state[2];
bool asleep[2];             /* in the kernel, on the other side's wake */

byte stored[2];             /* a position on its way to memory */
bool buffered[2];

bool kill[2], request[2];   /* the crash and the challenger to come */
byte kills = KILLS, handovers = HANDOVERS;
bool ended[2];
byte got;                   /* a bit for each record the consumer has seen */

inline drain(side) {
	if :: buffered[side] -> position[side] = stored[side]; buffered[side] = false :: else fi
}

/* fenced, as all stores but those of positions */
inline bump(side) {
	atomic { drain(side); NEXT(wake[side]) }
	asleep[1 - side] = false
}

inline sit(side) {
	park[side] = ((park[side] | 1) + 1) & 15;
	state[side] = OPEN;
#ifndef NO_BUMP
	bump(side)
#endif
}

inline publish(side, value) {
	atomic { drain(side); stored[side] = value; buffered[side] = true }
	seen = park[1 - side];
	if
	:: (seen & 1) && seen != woken -> woken = seen; bump(side)
	:: else
	fi;
	seen = 0 /* dead: states that differ in it are one */
}

/* sleep parks once; moved is what it would be news of. */
inline rest(side, moved) {
	seq = wake[1 - side];
	atomic { drain(side); park[side] = park[side] | 1 }
#ifndef NO_FENCE
	atomic { drain(P); drain(C) }
#endif
#ifndef NO_RECHECK
	if
	:: moved
	:: else ->
#endif
		atomic { asleep[side] = (wake[1 - side] == seq) };
		!asleep[side];
#ifndef NO_RECHECK
	fi;
#endif
	atomic { drain(side); NEXT(park[side]); seq = 0 }
}

/* Death, and giving up the seat: what the processor holds becomes visible
 * before the kernel frees the lock. */
inline gone(side) { atomic { drain(side); asleep[side] = false; kill[side] = false; request[side] = false; woken = 0; seq = 0; seen = 0 } }

proctype producer() {
	byte tail, head, seq, woken, seen;
sits:	{
		sit(P);
		tail = position[P];
		head = position[C];
		do
		:: tail == N -> break
		:: request[P] -> goto leaves
		:: tail < N && !request[P] ->
			do
			:: tail - head < CAP -> break
			:: else ->
				head = position[C];
				if
				:: tail - head < CAP
				:: else ->
					rest(P, position[C] != head);
					if :: request[P] -> goto leaves :: else fi
				fi
			od;
#ifdef PUBLISH_FIRST
			publish(P, tail + 1);
#endif
			lo[tail % CAP] = tail + 1;
			hi[tail % CAP] = tail + 1;
#ifndef PUBLISH_FIRST
			publish(P, tail + 1);
#endif
			tail++
		od;
		atomic { drain(P); state[P] = CLOSED };
		bump(P);
		ended[P] = true
	} unless { kill[P] && !ended[P] };
	if
	:: ended[P]
	:: else -> leaves: gone(P); goto sits
	fi
}

proctype consumer() {
	byte tail, head, seq, woken, seen, over;
sits:	{
		sit(C);
		head = position[C];
		tail = head;
		do
		:: request[C] -> goto leaves
		:: !request[C] ->
#ifdef STATE_AFTER
			tail = position[P];
			over = state[P];
#else
			over = state[P];
			tail = position[P];
#endif
			assert(tail - head <= CAP);
			if
			:: tail == head && over == CLOSED -> break
			:: tail == head && over != CLOSED -> rest(C, position[P] != tail || state[P] == CLOSED)
			:: tail != head ->
				assert(lo[head % CAP] == head + 1);
				assert(hi[head % CAP] == head + 1);
				got = got | (1 << head);
				head++;
				publish(C, head)
			fi
		od;
		atomic { drain(C); state[C] = CLOSED };
		bump(C);
		assert(got == (1 << N) - 1);
		ended[C] = true
	} unless { kill[C] && !ended[C] };
	if
	:: ended[C]
	:: else -> leaves: gone(C); goto sits
	fi
}

/* Stores leave their buffers when they like. */
proctype memory() {
end:	do
	:: atomic { buffered[P] -> position[P] = stored[P]; buffered[P] = false }
	:: atomic { buffered[C] -> position[C] = stored[C]; buffered[C] = false }
	od
}

proctype fate() {
end:	do
	:: atomic { kills > 0 && !ended[P] && !kill[P] -> kill[P] = true; kills-- }
	:: atomic { kills > 0 && !ended[C] && !kill[C] -> kill[C] = true; kills-- }
	:: atomic { handovers > 0 && !ended[P] && !request[P] -> request[P] = true; handovers-- }
	:: atomic { handovers > 0 && !ended[C] && !request[C] -> request[C] = true; handovers-- }
	:: kills > 0 -> kills = 0 /* mercy: or a death to come would hide a deadlock */
	:: handovers > 0 -> handovers = 0
	:: atomic { request[P] && asleep[P] -> asleep[P] = false } /* a challenger asks again and again */
	:: atomic { request[C] && asleep[C] -> asleep[C] = false }
	od
}

init { atomic { run producer(); run consumer(); run memory(); run fate() } }

ltl finishes { <> (ended[P] && ended[C]) }
