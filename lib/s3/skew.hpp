#pragma once

#include <fleetman/s3/transport.hpp>

#include <optional>
#include <string>
#include <string_view>

// What a refusal says of how a request ought to have been signed: for which region, at what time, by whom. Pure; a
// store is believed once for each.

namespace fleetman::s3 {

// Whether this status and code may come from another region than the one signed for.
bool tells_region(unsigned status, std::string_view code);
// The region that the answer names: in x-amz-bucket-region, or in the <Region> of its error.
std::optional<std::string> region_told(const wire_response& answer);

// Whether they may come from a clock that is off. An answer to HEAD has no code, only its date.
bool tells_skew(unsigned status, std::string_view code, bool head);
// How far the store's clock is ahead of ours, by the answer's date: nothing where it has none, and zero where it is too
// little to matter (5 minutes; stores allow for 15).
std::optional<milliseconds> clock_offset(const wire_response& answer, wall_time now);
// Whether signing by the one rather than by the other may be what helps.
bool is_another_time(milliseconds offset, milliseconds other);

// Whether they may come from credentials that hold no longer.
bool tells_credentials(unsigned status, std::string_view code);

} // namespace fleetman::s3
