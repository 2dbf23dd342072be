#pragma once

#include <fleetman/agent/layout.hpp>

// What an agent that was killed left on the disk and no record names: without this it would stay there for ever.

namespace fleetman::agent {

// Half-made and half-removed releases, records without a release, and files that were to be renamed into place. A cell
// with a journal is left alone: it is still being recovered. What cannot be removed stays for the next time. Blocks.
void remove_orphans(const settings& with);
void remove_orphans(const cell_layout& layout);

} // namespace fleetman::agent
