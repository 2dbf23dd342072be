#pragma once

#include <fleetman/core/result.hpp>
#include <fleetman/core/secret.hpp>

// A password from whoever started the program.

namespace fleetman::app {

// From a terminal: asked for twice, on standard error, without showing what is typed. From anything else: the first
// line of standard input. Fails with invalid when the two differ, cancelled by Ctrl-C or the end of the input.
result<secret> ask_new_password();

} // namespace fleetman::app
