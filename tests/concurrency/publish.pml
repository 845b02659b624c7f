// SPDX-License-Identifier: Apache-2.0
// Model of engine/publish: one writer, READERS readers, addresses that are reused (so that ABA is explored).
// Every step is one sequentially consistent operation, as the code's orders demand where it matters.
//
// Claims: no reader uses a freed snapshot; nothing is freed twice; when all readers have let go and the writer
// has finished, at most the current snapshot is live. MUTANT=1 drops the re-check of cse_reader_repin(),
// MUTANT=2 reuses a snapshot without looking at the slots: both must be found.
#ifndef READERS
#define READERS 2
#endif
#define PUBLISHES 3
#define ADDRESSES 3
#define NONE 255

byte current = NONE;
byte pinned[READERS]; // slots; NONE: nothing
bool live[ADDRESSES];
bool retired[ADDRESSES];
bool locked = false;
byte finished = 0;

inline lock() { atomic { !locked -> locked = true } }
inline unlock() { locked = false }

// Frees retired snapshots that no slot names; slots are read one by one, as the code does.
inline reclaim(a, i, seen)
{
    a = 0;
    do
    :: a < ADDRESSES ->
        if
        :: retired[a] ->
            i = 0; seen = false;
            do
            :: i < READERS -> seen = seen || (pinned[i] == a); i++
            :: else -> break
            od;
            if
#if MUTANT == 2
            :: true ->
#else
            :: !seen ->
#endif
                d_step { assert(live[a]); retired[a] = false; live[a] = false }
            :: else -> skip
            fi
        :: else -> skip
        fi;
        a++
    :: else -> break
    od
}

proctype reader(byte me)
{
    byte mine = NONE, wanted, now, a, i;
    bool seen;
    byte rounds = 0;
    do
    :: rounds < 3 ->
        rounds++;
        now = current;                 // the acquire load of cse_reader_pin
        if
        :: now == mine -> skip         // still pinned: nothing to store
        :: else ->
            wanted = now;
            mine = NONE;
            do
            :: true ->
                pinned[me] = wanted;   // seq_cst store
                now = current;         // seq_cst load: the re-check
#if MUTANT == 1
                break
#else
                if
                :: now == wanted -> break
                :: else -> wanted = now
                fi
#endif
            od;
            mine = wanted
        fi;
        if
        :: mine != NONE -> assert(live[mine])  // evaluate, first touch
        :: else -> skip
        fi;
        if
        :: mine != NONE -> assert(live[mine])  // views of the decision, later
        :: else -> skip
        fi;
        if
        :: true -> skip
        :: true ->                     // corsac_reader_release
            mine = NONE;
            pinned[me] = NONE;
            if
            :: atomic { !locked -> locked = true }; reclaim(a, i, seen); unlock()
            :: true -> skip            // trylock failed, or nothing retired
            fi
        fi
    :: else -> break
    od;
    lock(); pinned[me] = NONE; reclaim(a, i, seen); unlock(); // corsac_reader_free
    finished++
}

proctype writer()
{
    byte n = 0, fresh, old, a, i;
    bool seen;
    do
    :: n < PUBLISHES ->
        n++;
        lock();
        fresh = 0;                     // malloc: any address that is not live
        do
        :: fresh < ADDRESSES && live[fresh] -> fresh++
        :: else -> break
        od;
        if
        :: fresh < ADDRESSES ->
            live[fresh] = true;
            atomic { old = current; current = fresh }; // the seq_cst exchange
            if
            :: old != NONE -> retired[old] = true
            :: else -> skip
            fi;
            reclaim(a, i, seen)
        :: else -> reclaim(a, i, seen) // out of memory: the old image stays
        fi;
        unlock()
    :: else -> break
    od;
    finished++
}

init
{
    byte r;
    atomic {
        for (r : 0 .. READERS - 1) { pinned[r] = NONE }
        for (r : 0 .. READERS - 1) { run reader(r) }
        run writer()
    }
    finished == READERS + 1;
    byte left = 0, a, i;
    bool seen;
    lock(); reclaim(a, i, seen); unlock();
    for (a : 0 .. ADDRESSES - 1) { if :: live[a] -> left++ :: else -> skip fi }
    assert(left <= 1)
}
