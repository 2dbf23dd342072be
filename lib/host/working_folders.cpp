#include <fleetman/host/folder.hpp>
#include <fleetman/host/working_folders.hpp>

#include <algorithm>
#include <string>

namespace fleetman::host {

std::vector<std::filesystem::path> working_folders()
{
    std::vector<std::filesystem::path> all;
    const result<folder> processes = folder::open("/proc");
    const auto names = processes ? processes->names() : processes.error();
    if (!names)
        return all;
    for (const std::string& name : *names) {
        if (name.find_first_not_of("0123456789") != std::string::npos)
            continue;
        std::error_code not_ours; // or over meanwhile
        std::filesystem::path where = std::filesystem::read_symlink("/proc/" + name + "/cwd", not_ours);
        if (!not_ours)
            all.push_back(std::move(where));
    }
    return all;
}

bool stands_in(const std::vector<std::filesystem::path>& folders, const std::filesystem::path& top)
{
    std::error_code gone;
    const std::string inside = std::filesystem::canonical(top, gone).string(); // as the kernel names it
    if (gone)
        return false;
    return std::any_of(folders.begin(), folders.end(), [&](const std::filesystem::path& each) {
        const std::string& path = each.native();
        return path == inside || path.starts_with(inside + '/');
    });
}

} // namespace fleetman::host
