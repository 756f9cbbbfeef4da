import type { Messages } from '../en.ts';

const anotherClip = 'Hãy chọn một đoạn phim khác.';
const smallerClip = 'Hãy chọn một đoạn phim nhỏ hơn hoặc ngắn hơn.';
const tryAgain = 'Hãy thử lại sau giây lát.';

/** What went wrong and what to do about it. */
export const failure: Messages['failure'] = {
  translated: {
    bad_video: 'Không đọc được tệp này như một đoạn phim.',
    no_video_frames: 'Tệp này không có hình ảnh.',
    unsupported_media: 'Định dạng này không được hỗ trợ.',
    video_too_big: 'Đoạn phim quá lớn hoặc quá dài.',
    too_large: 'Tệp quá lớn.',
    too_slow: 'Mất quá nhiều thời gian để đọc đoạn phim.',
    question_too_long: 'Câu hỏi quá dài.',
    context_full: 'Cuộc trò chuyện đã đầy: mô hình không nhớ thêm được.',
    busy: 'Máy chủ đang bận.',
    rate_limited: 'Quá nhiều yêu cầu.',
    not_found: 'Không còn trên máy chủ.',
    unauthorized: 'Cần khóa API.',
    storage_full: 'Ổ đĩa của máy chủ đã đầy.',
    internal: 'Máy chủ gặp lỗi bất ngờ.',
  },
  wrongKey: 'Máy chủ không biết khóa này.',
  questionTooLong: (max, length) => `Câu hỏi có tối đa ${max} ký tự; câu này có ${length}.`,
  unreachable: 'Không kết nối được với máy chủ.',
  unexpected: 'Trang này gặp lỗi bất ngờ.',
  unreadable: 'Máy chủ gửi câu trả lời mà trang này không đọc được.',
  noSample: 'Máy chủ này không có đoạn phim mẫu.',
  noCamera: 'Không dùng được camera: trang này chưa được phép, hoặc máy không có camera.',
  notAConversation: 'Tệp này không phải cuộc trò chuyện do trang này lưu.',
  noConversation: 'Không có cuộc trò chuyện ở địa chỉ này. Có thể nó đã bị xóa.',
  tryAgain,
  advice: {
    bad_video: anotherClip,
    no_video_frames: anotherClip,
    unsupported_media: anotherClip,
    video_too_big: smallerClip,
    too_large: smallerClip,
    too_slow: smallerClip,
    question_too_long: 'Hãy rút ngắn rồi hỏi.',
    context_full: 'Hãy bắt đầu cuộc trò chuyện mới.',
    not_found: 'Hãy chọn lại đoạn phim.',
    unauthorized: 'Tải lại trang và đăng nhập.',
    wrong_key: 'Kiểm tra lại khóa, hoặc xin khóa mới nếu nó đã hết hạn.',
    storage_full: 'Hãy báo cho người quản lý máy chủ; không có gì bị mất.',
    no_sample: 'Hãy chọn đoạn phim của bạn.',
    no_camera: 'Hãy cho phép trong trình duyệt, hoặc chọn tệp.',
    not_a_conversation: 'Hãy chọn tệp .json đã lưu từ trang này.',
    no_conversation: 'Hãy mở một cuộc khác trong danh sách, hoặc bắt đầu với một đoạn phim.',
    unreachable: 'Kiểm tra máy chủ đang chạy rồi thử lại.',
  },
};
