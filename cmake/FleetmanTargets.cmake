# How a module, a program and a test are built: one place for flags, so that all of them agree.

# ccache serves every clone alike: paths below it count as relative, and a precompiled header, which names files of the
# clone that it was made in, counts as what it was made from (below). It alone is always compiled.
find_program(FLEETMAN_CCACHE ccache)
if(FLEETMAN_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
        CCACHE_PCH_EXTSUM=1 CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime,locale
        ${FLEETMAN_CCACHE})
endif()
add_link_options(-fuse-ld=lld)

add_library(fleetman_flags INTERFACE)
target_compile_options(fleetman_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -Wcast-qual -Werror
    -Wno-missing-designated-field-initializers) # leaving a field at its default is what designators are for
target_include_directories(fleetman_flags INTERFACE
    ${CMAKE_SOURCE_DIR}/include ${CMAKE_BINARY_DIR}/include ${CMAKE_SOURCE_DIR}/lib/boost)

# The headers that nearly every file needs, parsed once. Named by <…>, so that the header which CMake generates is the
# same in every clone.
add_library(fleetman_pch OBJECT ${CMAKE_SOURCE_DIR}/lib/boost/precompiled.cpp)
target_link_libraries(fleetman_pch PRIVATE fleetman_flags Fleetman::boost Boost::json)
target_compile_options(fleetman_pch PRIVATE -Xclang -fno-pch-timestamp)
target_precompile_headers(fleetman_pch PRIVATE <precompiled.hpp>)
set_target_properties(fleetman_pch PROPERTIES CXX_COMPILER_LAUNCHER "")
file(READ ${CMAKE_SOURCE_DIR}/lib/boost/precompiled.hpp precompiled)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/CMakeFiles/fleetman_pch.dir/cmake_pch.hxx.pch.sum
    CONTENT "@precompiled@\n${CMAKE_CXX_COMPILER_VERSION} ${Boost_VERSION} ${OPENSSL_VERSION}\n" @ONLY)
# Named as Ninja runs the compiler, from the top of the build folder: the same text in every clone, unlike REUSE_FROM's.
set(FLEETMAN_PCH CMakeFiles/fleetman_pch.dir/cmake_pch.hxx.pch)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/lib/boost/precompiled.hpp)
# To depend on an object library orders what it depends on, not its own files: this waits for the file itself.
add_custom_target(fleetman_pch_made DEPENDS ${CMAKE_BINARY_DIR}/${FLEETMAN_PCH})
add_dependencies(fleetman_pch_made fleetman_pch)

function(fleetman_target_setup target)
    target_compile_options(${target} PRIVATE -Xclang -fno-pch-timestamp)
    add_dependencies(${target} fleetman_pch_made)
    target_compile_options(${target} PRIVATE -Winvalid-pch "SHELL:-Xclang -include-pch -Xclang ${FLEETMAN_PCH}")
    target_link_libraries(${target} PRIVATE fleetman_flags Fleetman::boost Boost::json)
endfunction()

# fleetman_library(NAME DEPENDS other…): lib/NAME/*.cpp as a static library. Modules are named without prefix.
function(fleetman_library name)
    cmake_parse_arguments(arg "" "" "DEPENDS" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/lib/${name}/*.cpp)
    if(NOT sources)
        message(STATUS "lib/${name} has no source file yet")
        return()
    endif()
    add_library(fleetman_${name} STATIC ${sources})
    fleetman_target_setup(fleetman_${name})
    foreach(dependency ${arg_DEPENDS})
        if(TARGET fleetman_${dependency})
            target_link_libraries(fleetman_${name} PUBLIC fleetman_${dependency})
        else()
            target_link_libraries(fleetman_${name} PUBLIC ${dependency})
        endif()
    endforeach()
endfunction()

# fleetman_test(NAME MODULES module… [SOURCES file…]): test/unit/NAME/*.cpp, or the files given, as the program test_NAME.
function(fleetman_test name)
    cmake_parse_arguments(arg "" "" "MODULES;SOURCES" ${ARGN})
    if(NOT arg_SOURCES)
        file(GLOB arg_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/test/unit/${name}/*.cpp)
    endif()
    if(NOT arg_SOURCES)
        return()
    endif()
    add_executable(test_${name} ${arg_SOURCES})
    fleetman_target_setup(test_${name})
    list(TRANSFORM arg_MODULES PREPEND fleetman_)
    target_link_libraries(test_${name} PRIVATE ${arg_MODULES} fleetman_test_support Catch2::Catch2WithMain)
    target_compile_definitions(test_${name} PRIVATE FLEETMAN_TEST_DATA="${CMAKE_SOURCE_DIR}/test/data")
    add_test(NAME ${name} COMMAND test_${name})
endfunction()
