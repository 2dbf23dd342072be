#include "managed_cell.hpp"

namespace fleetman::api {

result<model::cell_ref> managed_cell(const request_context& ctx, control::services& app)
{
    auto name = ctx.cell();
    if (!name || app.names.config().cells.contains(*name))
        return name;
    if (app.fleet.now().cells().find(*name) != nullptr)
        return error(errc::conflict,
            "only the bucket has " + name->str() + ", this configuration does not: adopt it before you change it");
    return error(errc::not_found, "there is no cell " + name->str());
}

} // namespace fleetman::api
