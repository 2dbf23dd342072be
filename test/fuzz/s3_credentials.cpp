#include "../../lib/s3/credential_formats.hpp"
#include "fuzz.hpp"

// A shared credentials file, and what a machine's or container's service answers, that may be anything.

using namespace fleetman;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = fuzz::text(data, size);
    if (const auto account = s3::parse_profile(text, "default")) {
        fuzz::must(s3::is_usable(*account));
        // The same profile, once more and empty, changes nothing.
        fuzz::must(s3::parse_profile(std::string(text) + "\n[default]\n", "default").value() == *account);
    }
    if (const auto told = s3::parse_service_answer(text))
        fuzz::must(s3::is_usable(told->account));
    return 0;
}
