#pragma once

#include <functional>
#include <string_view>

// Where test/crash builds this program with an end of its own: a kill behind a chosen step. The product has none.

namespace fleetman::app {

std::function<void(std::string_view step)> step_hook();

} // namespace fleetman::app
