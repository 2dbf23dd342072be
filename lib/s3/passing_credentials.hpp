#pragma once

#include "credential_formats.hpp"

#include <fleetman/core/semaphore.hpp>

#include <functional>
#include <memory>

// Credentials that a service hands out for some hours, kept while they hold.

namespace fleetman::s3 {

using credential_question = std::function<task<result<passing_credentials>>()>;

// Asks when it has none, less than five minutes are left, or a store has refused them, once for all who wait. While the
// service does not answer, what holds still is used, and asking pauses for a minute.
std::shared_ptr<credential_source> kept_credentials(credential_question ask, clock& time);

} // namespace fleetman::s3
