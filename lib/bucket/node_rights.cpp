#include <fleetman/bucket/node_rights.hpp>

namespace fleetman::bucket {

std::string_view to_string(access value)
{
    switch (value) {
    case access::list: return "list";
    case access::read: return "read";
    case access::write: return "write";
    case access::remove: return "delete";
    }
    return {};
}

std::vector<node_right> rights_of(const keyspace& keys, const model::node_id& node)
{
    return {
        {access::list, keys.cells(node) + '*'},
        {access::list, keys.recycled_cells(node) + '*'},
        {access::read, keys.cells(node) + '*'},
        {access::read, keys.bell(node)},
        {access::read, keys.agent(node)},
        {access::write, keys.agent(node)},
        {access::write, keys.cells(node) + "*/" + std::string(status_file)},
        {access::write, keys.store_check(node)},
        {access::remove, keys.store_check(node)},
    };
}

} // namespace fleetman::bucket
