#include "../../lib/http/target.hpp"
#include "fuzz.hpp"

#include <fleetman/http/router.hpp>

// A request's target becomes a path that no pattern's variable can use to climb.

using namespace fleetman;

namespace {

http::router routes()
{
    http::router made;
    const auto nothing = [](http::request&, const http::path_parameters&) -> task<http::response> {
        co_return http::response::empty(http::status::ok);
    };
    for (const char* pattern : {"/", "/api/v1/cells/{node}/{cell}", "/api/v1/cells/{node}/{cell}/overrides/{path...}",
             "/api/v1/manifests/{manifest}/versions/{version}/files/{path...}/copy"})
        made.add(http::verb::get, pattern, nothing);
    return made;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const http::router table = routes();
    http::request asked;
    asked.target = fuzz::text(data, size);
    (void)http::percent_decode(asked.target);
    if (!http::read_target(asked))
        return 0;
    const http::route_match match = table.match(http::verb::get, asked.path);
    if (!match.found || match.malformed)
        return 0;
    if (match.found->pattern.find("{path...}") != std::string::npos) {
        const std::string path = '/' + match.parameters["path"] + '/';
        fuzz::must(path.find("/../") == std::string::npos && path.find('\0') == std::string::npos);
    }
    return 0;
}
