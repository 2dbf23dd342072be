#include <fleetman/storage/object_store.hpp>

#include <iterator>

namespace fleetman::storage {

task<result<std::vector<object_info>>> list_all(object_store& store, std::string prefix, std::size_t max_objects)
{
    std::vector<object_info> all;
    list_query query{.prefix = prefix};
    for (;;) {
        result<list_page> page = co_await store.list(query);
        if (!page)
            co_return page.error();
        all.insert(
            all.end(), std::make_move_iterator(page->objects.begin()), std::make_move_iterator(page->objects.end()));
        if (all.size() > max_objects)
            co_return error(errc::too_large, "more than " + std::to_string(max_objects) + " objects under " + prefix);
        if (page->continuation.empty())
            co_return all;
        query.continuation = std::move(page->continuation);
    }
}

task<result<std::vector<std::string>>> list_folders(object_store& store, std::string prefix)
{
    std::vector<std::string> all;
    list_query query{.prefix = std::move(prefix), .delimiter = "/"};
    for (;;) {
        result<list_page> page = co_await store.list(query);
        if (!page)
            co_return page.error();
        all.insert(all.end(), std::make_move_iterator(page->common_prefixes.begin()),
            std::make_move_iterator(page->common_prefixes.end()));
        if (page->continuation.empty())
            co_return all;
        query.continuation = std::move(page->continuation);
    }
}

} // namespace fleetman::storage
