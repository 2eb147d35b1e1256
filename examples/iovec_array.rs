//! iovec_array: an array of {address, length}, with its counts as arguments (iovec_array.py).
//!
//! rustc --edition 2021 --crate-type staticlib -O -C panic=abort iovec_array.rs
//!
//! A kernel is copied to other addresses, so it may refer to nothing: no panic, so raw pointers in place of
//! indices and no division by what may be 0; no constant in memory; helpers inlined.
#![no_std]

const BUG: i64 = -1;
const ENOSPC: i64 = -28;
const NEXT: u16 = 1;
const WRITE: u16 = 2;
const PAGE_OFFSET: u64 = 0xffff_8100_0000_0000;
const VMEMMAP: u64 = 0xffff_e200_0000_0000;
const PAGE_BYTES: u64 = 56; // of a struct page
const MAX_SEGMENT_SIZE: u64 = 65536;
const SEGMENT_BOUNDARY: u64 = 0xffff_ffff;

#[repr(C)]
pub struct Entry {
    address: u64,
    length: u64,
}

#[repr(C)]
pub struct Request {
    groups: u64, // then the groups, then the segments of all groups
}

#[repr(C)]
pub struct Group {
    direction: u32,
    room: u32,
    virtuals: u32,
    pages: u32,
    merge: u64,
}

#[repr(C)]
pub struct Segment {
    page: u64,
    length: u32,
    offset: u32,
}

#[repr(C)]
pub struct Desc {
    addr: u64,
    len: u32,
    flags: u16,
    next: u16,
}

#[repr(C)]
pub struct Avail {
    flags: u16,
    idx: u16, // then the ring
}

#[repr(C)]
pub struct Virtqueue {
    vq: [u64; 4],
    num: u32,
    desc: *mut Desc,
    avail: *mut Avail,
    used: u64,
    broken: u8,
    num_free: u32,
    free_head: u32,
    num_added: u32,
    last_used_idx: u16,
    notify: u64, // then a token for each descriptor
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}

#[inline(always)]
unsafe fn groups(request: *const Request) -> (*const Group, *const Group) {
    let first = request.add(1) as *const Group;
    (first, first.add((*request).groups as usize))
}

#[inline(always)]
unsafe fn physical(segment: *const Segment) -> u64 {
    ((((*segment).page - VMEMMAP) / PAGE_BYTES) << 12) + (*segment).offset as u64
}

/// Whether blk_rq_map_sg merges a segment into an entry of this length that ends with the one before.
#[inline(always)]
unsafe fn same_run(segment: *const Segment, length: u64) -> bool {
    let before = segment.sub(1);
    let (start, here) = (physical(before), physical(segment));
    length + (*segment).length as u64 <= MAX_SEGMENT_SIZE
        && start + (*before).length as u64 == here
        && start | SEGMENT_BOUNDARY == (here + (*segment).length as u64 - 1) | SEGMENT_BOUNDARY
}

/// Prepare nothing; the table has an entry for each that the groups have room for.
#[no_mangle]
pub unsafe extern "C" fn create(_list_memory: u64, request: *const Request) -> i64 {
    let (mut group, end) = groups(request);
    let mut entries = 0;
    while group < end {
        entries += (*group).room as i64;
        group = group.add(1);
    }
    entries * core::mem::size_of::<Entry>() as i64
}

/// Map all groups into one table, outgoing ones first, and count both directions.
#[no_mangle]
pub unsafe extern "C" fn map(table: *mut Entry, request: *const Request, words: *mut u64) -> i64 {
    let (mut group, last_group) = groups(request);
    let mut segment = last_group as *const Segment;
    let (mut entry, mut out) = (table, 0);
    while group < last_group {
        let first = segment.add((*group).virtuals as usize);
        let end = first.add((*group).pages as usize);
        while segment < end {
            let length = (*segment).length as u64;
            if segment < first {
                *entry = Entry { address: (*segment).page - PAGE_OFFSET, length };
                entry = entry.add(1);
            } else if (*group).merge != 0
                && segment != first
                && same_run(segment, (*entry.sub(1)).length)
            {
                (*entry.sub(1)).length += length;
            } else {
                *entry = Entry { address: physical(segment), length };
                entry = entry.add(1);
            }
            segment = segment.add(1);
        }
        if (*group).direction == 0 {
            out = entry.offset_from(table) as u64;
        }
        group = group.add(1);
    }
    *words = table as u64;
    *words.add(1) = out;
    *words.add(2) = entry.offset_from(table) as u64 - out;
    0
}

#[no_mangle]
pub unsafe extern "C" fn add_buf(
    vq: *mut Virtqueue,
    mut entry: *const Entry,
    out: u64,
    into: u64,
    token: u64,
) -> i64 {
    let count = out + into;
    if token == 0 || count == 0 {
        return BUG;
    }
    if ((*vq).num_free as u64) < count {
        return ENOSPC;
    }
    (*vq).num_free -= count as u32;
    let head = (*vq).free_head;
    let (mut i, mut last, mut done) = (head, head, 0);
    while done < count {
        let desc = (*vq).desc.add(i as usize);
        (*desc).flags = NEXT | if done < out { 0 } else { WRITE };
        (*desc).addr = (*entry).address;
        (*desc).len = (*entry).length as u32;
        last = i;
        i = (*desc).next as u32;
        entry = entry.add(1);
        done += 1;
    }
    publish(vq, head, last, i, token);
    0
}

/// End the chain at `last`, unlink it from the free list, which goes on at `i`, and put its head into avail.
#[inline(always)]
unsafe fn publish(vq: *mut Virtqueue, head: u32, last: u32, i: u32, token: u64) {
    (*(*vq).desc.add(last as usize)).flags &= !NEXT;
    (*vq).free_head = i;
    *(vq.add(1) as *mut u64).add(head as usize) = token;
    let slot = ((*(*vq).avail).idx as u32).wrapping_add((*vq).num_added);
    (*vq).num_added += 1;
    if (*vq).num == 0 {
        core::hint::unreachable_unchecked(); // or the division would have to be able to panic
    }
    let ring = (*vq).avail.add(1) as *mut u16;
    *ring.add((slot % (*vq).num) as usize) = head as u16;
}
