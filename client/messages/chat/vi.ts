import type { Messages } from '../en.ts';

/** The clips of the conversation, and what the assistant sees of them. */
export const clip: Messages['clip'] = {
  title: 'Đoạn phim',
  one: 'Đoạn phim đang xem',
  several: 'Các đoạn phim của cuộc trò chuyện',
  unplayable: 'Trình duyệt này không phát được định dạng này. Đây là các khung hình mà trợ lý nhận được.',
  picture: 'Một hình ảnh: chỉ có một khung hình, nên không có gì chuyển động.',
  missing: (names) => `Không có trên máy chủ này: ${names}`,
  frames: 'Các khung hình trợ lý đã xem',
  frame: (index) => `Khung hình ${index}`,
  goTo: (time) => `Đến ${time}`,
  seen: (frames, tokens) => `${frames} khung hình, ${tokens} token`,
  crop: 'Trợ lý chỉ thấy hình vuông sáng. Phần còn lại bị cắt.',
  pad: 'Trợ lý thấy toàn bộ hình, thêm viền cho thành hình vuông.',
  squash: 'Trợ lý thấy toàn bộ hình, ép thành hình vuông.',
  add: 'Thêm đoạn phim vào cuộc trò chuyện',
  takeOut: (name) => `Bỏ ${name}`,
  include: (label, name) => `Hỏi về đoạn phim ${label}: ${name}`,
  includes: 'Câu hỏi tiếp theo kèm',
  label: (label) => `Đoạn phim ${label}`,
  duplicate: (file, clip) => `"${file}" chính là đoạn phim "${clip}", nên không được thêm lần nữa.`,
  cancelUpload: (name) => `Hủy tải lên ${name}`,
  subtitles: 'Hiện tệp phụ đề',
  stepBack: 'Lùi một khung hình',
  stepForward: 'Tiến một khung hình',
  speed: 'Tốc độ',
  details: 'Chi tiết',
};

/** How a question reads the clip. */
export const mode: Messages['mode'] = {
  title: 'Câu hỏi tiếp theo xem đoạn phim thế nào',
  stan: 'Có chuyển động',
  stanHint: 'Nhánh video so sánh các khung hình với nhau.',
  plain: 'Khung hình rời',
  plainHint: 'Để so sánh: lấy trung bình khung hình, không có nhánh video.',
};

/** The questions and answers, and what can be done with them. */
export const chat: Messages['chat'] = {
  title: 'Trò chuyện',
  log: 'Câu hỏi và câu trả lời',
  clipTab: 'Đoạn phim',
  chatTab: 'Trò chuyện',
  views: 'Phần hiển thị',
  yourQuestion: 'Câu hỏi của bạn',
  placeholder: 'Hỏi về đoạn phim',
  placeholderWithoutClip: 'Hỏi bất cứ điều gì',
  ask: 'Hỏi',
  stop: 'Dừng',
  latest: 'Đến tin mới nhất',
  nothingAsked: 'Chưa hỏi gì. Hãy chọn một câu hỏi bên dưới hoặc tự viết.',
  withoutClip:
    'Cuộc trò chuyện này không có đoạn phim. Hãy hỏi bất cứ điều gì, hoặc thêm đoạn phim bằng dấu cộng.',
  edit: 'Sửa',
  deleteQuestion: 'Xóa câu hỏi này và phần theo sau',
  messageDeleted: 'Đã xóa câu hỏi và phần theo sau.',
  inOtherWords: 'Câu hỏi viết lại',
  cancel: 'Hủy',
  copy: 'Chép',
  copied: 'Đã chép',
  copyCode: 'Chép đoạn mã',
  again: 'Câu trả lời khác',
  sameAgain: 'Giống hệt một câu trả lời khác: mô hình chắc chắn về câu này.',
  continue: 'Nói tiếp',
  compare: 'So sánh',
  compared: 'Cùng câu hỏi theo hai cách',
  comparedHint: 'Hỏi riêng, không kèm các câu hỏi trước, nên có thể khác câu trả lời ở trên.',
  questionBefore: 'Câu hỏi trước',
  questionAfter: 'Câu hỏi sau',
  answerBefore: 'Câu trả lời trước',
  answerAfter: 'Câu trả lời sau',
  cutOff: 'Bị cắt: câu trả lời đã đạt độ dài tối đa.',
  notSure: 'Không chắc: câu trả lời này có thể sai.',
  rightAbout: (percent: number) => `Những câu trả lời như thế này đúng khoảng ${percent} %`,
  stopped: 'Đã dừng.',
  interrupted: 'Bị ngắt: máy chủ đã dừng giữa chừng.',
  uncertain: 'Mô hình không chắc về câu trả lời này.',
  waitsForClip: 'Đang chờ đoạn phim',
  waitsForAnswer: 'Đang chờ câu trả lời trước',
  waitsForConnection: 'Đang chờ kết nối',
  waitsForSettings: 'Đang chờ thiết lập hợp lệ',
  sending: 'Đang gửi',
  takeBack: 'Rút lại',
  speak: 'Nói câu hỏi',
  listening: 'Ngừng nghe',
};

/** Which frames and words matter to an answer. */
export const match: Messages['match'] = {
  button: 'Khung hình nào',
  about: 'Khung hình nào khớp với câu hỏi, theo bộ mã hóa tìm kiếm, và từ nào quan trọng',
  words: 'Các từ, tô đậm theo mức quan trọng',
  encoder: 'Theo bộ mã hóa tìm kiếm, không phải mô hình đã trả lời.',
  cut: 'Bộ mã hóa tìm kiếm chỉ đọc những từ này của câu hỏi.',
  frameWeight: 'Mức quan trọng của khung hình này với các từ',
  showHeat: 'Nơi nhìn vào',
  heat: 'Nơi nhánh video nhìn vào',
  legend: 'Đỏ: nhiều. Trong suốt: ít. Theo bộ mã hóa tìm kiếm.',
  looking: 'Đang so sánh các khung hình …',
};

/** Whether the order of the frames matters to an answer. */
export const order: Messages['order'] = {
  button: 'Thứ tự',
  about: 'Câu trả lời có phụ thuộc thứ tự khung hình không',
  title: 'Cùng câu hỏi với khung hình theo thứ tự khác',
  frames: 'Khung hình',
  forward: 'như cũ',
  reverse: 'ngược lại',
  shuffle: 'xáo trộn',
  running: 'Đang hỏi sáu lần …',
  verdict: (mode, changes) =>
    changes ? `${mode}: thứ tự làm đổi câu trả lời.` : `${mode}: thứ tự không đổi gì.`,
};
