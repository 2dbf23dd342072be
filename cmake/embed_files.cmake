# cmake -D OUTPUT=assets.cpp -D FILES=a;b -P embed_files.cmake: writes the files' bytes as a C++ source that defines
# std::span<const fleetman::api::embedded_file> fleetman::app::page_files().
set(arrays "")
set(table "")
set(index 0)
foreach(file ${FILES})
    get_filename_component(name "${file}" NAME)
    file(READ "${file}" bytes HEX)
    string(LENGTH "${bytes}" digits)
    math(EXPR size "${digits} / 2")
    string(REGEX REPLACE "(................................)" "\\1\n    " bytes "${bytes}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    string(APPEND arrays "// ${name}\nconst unsigned char file_${index}[] = {\n    ${bytes}0};\n\n")
    string(APPEND table "    {\"${name}\", {reinterpret_cast<const char*>(file_${index}), ${size}}},\n")
    math(EXPR index "${index} + 1")
endforeach()
file(WRITE "${OUTPUT}" "#include <fleetman/api/assets.hpp>\n
namespace fleetman::app {
namespace {\n
${arrays}const fleetman::api::embedded_file files[] = {
${table}};\n
} // namespace\n
std::span<const fleetman::api::embedded_file> page_files();\n
std::span<const fleetman::api::embedded_file> page_files()
{
    return files;
}\n
} // namespace fleetman::app
")
