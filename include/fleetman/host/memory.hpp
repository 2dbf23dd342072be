#pragma once

// What a program that works now and then keeps resident while it waits.

namespace fleetman::host {

// Gives back what is not used just now: freed memory that the allocator kept, and the pages of the program and its
// libraries that lie unchanged in their files, most of which were read once, to start or to deploy. Those that are
// needed again come back from the page cache, a few dozen at a time. Takes less than a millisecond; blocks nobody.
void give_back_memory();

} // namespace fleetman::host
