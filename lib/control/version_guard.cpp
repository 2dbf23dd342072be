#include <fleetman/control/version_guard.hpp>

namespace fleetman::control {

result<version_guard::lease> version_guard::edit(const std::string& key)
{
    use& one = (*uses_)[key];
    if (one.sealing)
        return error(errc::conflict, "the version is being made or finalized by someone else");
    ++one.editors;
    return lease(nullptr, [all = uses_, key](void*) {
        const auto place = all->find(key);
        if (--place->second.editors == 0)
            all->erase(place);
    });
}

result<version_guard::lease> version_guard::seal(const std::string& key)
{
    use& one = (*uses_)[key];
    if (one.sealing)
        return error(errc::conflict, "the version is being made or finalized by someone else");
    if (one.editors > 0)
        return error(errc::conflict, std::to_string(one.editors) + " of its files are being changed; finalize it then");
    one.sealing = true;
    return lease(nullptr, [all = uses_, key](void*) { all->erase(key); });
}

} // namespace fleetman::control
