#pragma once

#include <string_view>

// Whether bytes are text, which S3 demands of keys.

namespace fleetman::s3server {

// Well-formed UTF-8: no overlong forms, surrogates, or code points past U+10FFFF (RFC 3629).
bool is_utf8(std::string_view bytes);

} // namespace fleetman::s3server
