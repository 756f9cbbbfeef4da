import type { Messages } from '../en.ts';

/** How a long clip is made up, and asking about a part of it. */
export const timeline: Messages['timeline'] = {
  title: 'Dòng thời gian',
  position: 'Vị trí trong đoạn phim',
  positionOf: (at, length, chapter) => `${at} trên ${length}${chapter === '' ? '' : `: ${chapter}`}`,
  segments: (count) => `${count} phân đoạn`,
  encoded: (encoded, total) => `Đã mã hóa ${encoded} trên ${total} phân đoạn`,
  cutting: 'Đang chia phim thành các phân đoạn',
  hint: 'Kéo chuột, hoặc giữ Shift và nhấn phím mũi tên, để chọn phần muốn hỏi.',
  moments: 'Khớp với câu hỏi nhất',
  chapters: 'Các chương',
  noChaptersYet: 'Các chương sẽ hiện ra khi mã hóa xong toàn bộ phim.',
  askAboutChapter: (chapter) => `Hỏi về chương này: ${chapter}`,
  asksAbout: (part) => `Về phần ${part}`,
  removePart: 'Hỏi lại về toàn bộ đoạn phim',
};
