#include "copy_source.hpp"
#include "faults.hpp"

#include <fleetman/http/router.hpp>

namespace fleetman::s3server {

result<copy_source> source_of(const s3_request& asked)
{
    std::string_view text = asked.header("x-amz-copy-source");
    if (const std::size_t version = text.find("?versionId="); version != std::string_view::npos) {
        if (text.substr(version) != "?versionId=null")
            return make_error(fault::not_implemented, "Versioning is not supported");
        text = text.substr(0, version);
    }
    const result<std::string> decoded = http::percent_decode(text);
    if (!decoded)
        return make_error(fault::invalid_argument, "x-amz-copy-source is not percent-encoded text");
    const std::string_view path = std::string_view(*decoded).substr(decoded->starts_with('/') ? 1 : 0);
    const std::size_t slash = path.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == path.size())
        return make_error(fault::invalid_argument, "x-amz-copy-source must be bucket/key");
    copy_source from{std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
    if (!asked.who->may(action::read, from.bucket, from.key))
        return make_error(fault::access_denied, "This access key may not read the source");
    return from;
}

} // namespace fleetman::s3server
